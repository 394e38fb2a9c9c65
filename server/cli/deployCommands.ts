import { Option } from 'commander';
import type { Strategy } from '../contract/deploy.ts';
import { CallFailure } from '../client/callFailure.ts';
import type { CallInput } from '../contract/api.ts';
import type { CommandGroup } from './command.ts';
import { splitOnce } from './companionCommands.ts';
import { connect } from './connection.ts';
import { formatMilliseconds, short } from './output.ts';
import { actor, describeRollout, exitCodeOfRollout, followRollout } from './rolloutProgress.ts';

interface DeployOptions {
  endpoint?: string;
  target?: 'process' | 'docker';
  canary?: string | true;
  blueGreen?: boolean;
  hold?: boolean;
  stepSeconds?: number;
  minimumRequests?: number;
  maximumErrorRate?: number;
  workers?: number;
  env: string[];
  detach?: boolean;
}

type StrategyInput = NonNullable<CallInput<'deploy'>['strategy']>;

/** The strategy that the options describe. */
export function strategyOf(options: Omit<DeployOptions, 'env'>): StrategyInput {
  if (options.canary !== undefined && options.blueGreen === true) {
    throw new CallFailure('invalid-input', 'Say either --canary or --blue-green.');
  }
  const kind: Strategy['kind'] = options.canary !== undefined ? 'canary' : options.blueGreen === true ? 'blue-green' : 'all-at-once';
  switch (kind) {
    case 'canary':
      return {
        kind,
        hold: options.hold === true,
        ...(typeof options.canary === 'string' ? { steps: options.canary.split(',').map(Number) } : {}),
        ...(options.stepSeconds === undefined ? {} : { stepSeconds: options.stepSeconds }),
        checks: {
          ...(options.minimumRequests === undefined ? {} : { minimumRequests: options.minimumRequests }),
          ...(options.maximumErrorRate === undefined ? {} : { maximumErrorRate: options.maximumErrorRate }),
        },
      };
    case 'blue-green':
      return { kind, hold: options.hold === true };
    case 'all-at-once':
      return { kind };
  }
}

/** `churn`, `churn:2` or `churn@champion`. */
export function parseModelReference(text: string): { model: string; version: string | number } {
  if (text.includes('@')) {
    const [model, alias] = splitOnce(text, '@');
    return { model, version: `@${alias}` };
  }
  const [model, version] = splitOnce(text, ':');
  return { model, version: version === '' ? 'latest' : /^\d+$/.test(version) ? Number(version) : version };
}

/** A name that an endpoint can have, made from a model's. */
export function endpointNameOf(model: string): string {
  return model.toLowerCase().replace(/[^a-z0-9_-]+/g, '-').replace(/^[-_]+|[-_]+$/g, '').slice(0, 63) || 'model';
}

export const deployCommands: CommandGroup = (program, run) => {
  program
    .command('deploy')
    .description('move an endpoint to a model version; creates the endpoint if needed')
    .argument('<model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS')
    .option('--endpoint <name>', "endpoint (default: the model's name)")
    .addOption(new Option('--target <target>', 'where replicas run (default: docker where an engine answers)').choices(['process', 'docker']))
    .option('--canary [steps]', 'shift traffic step by step, percentages such as 10,50')
    .option('--blue-green', 'start the new release beside the old one, then switch')
    .option('--hold', 'wait for "slipway promote" before the switch or after each canary step')
    .option('--step-seconds <seconds>', 'how long a canary step lasts at least', Number)
    .option('--minimum-requests <count>', 'requests that a canary step must see', Number)
    .option('--maximum-error-rate <share>', 'share of failed requests above which a canary is undone', Number)
    .option('--workers <count>', 'worker processes of a replica', Number)
    .option('--env <NAME=VALUE...>', 'environment variables of the replica', [])
    .option('--detach', 'return at once; "slipway endpoints NAME" shows how it goes')
    .addHelpText('after', '\nExamples:\n  $ slipway deploy churn\n  $ slipway deploy churn:2 --canary 10,50 --step-seconds 60\n  $ slipway deploy churn@challenger --blue-green --hold')
    .action(
      run(async (output, reference: string, options: DeployOptions) => {
        const client = await connect();
        const { model, version } = parseModelReference(reference);
        const rollout = await client.call('deploy', {
          name: options.endpoint ?? endpointNameOf(model),
          model,
          version,
          ...(options.target === undefined ? {} : { target: options.target }),
          strategy: strategyOf(options),
          serving: {
            environment: Object.fromEntries(options.env.map((pair) => splitOnce(pair, '='))),
            ...(options.workers === undefined ? {} : { workers: options.workers }),
          },
          requestedBy: actor(),
        });
        const followed = options.detach === true ? rollout : await followRollout(client, rollout, output);
        const endpoint = await client.call('getEndpoint', { name: rollout.endpoint });
        output.result({ rollout: followed, endpoint }, () => `${describeRollout(followed)}\n${endpoint.url}/invocations`);
        return exitCodeOfRollout(followed);
      }),
    );

  program
    .command('promote')
    .description('let a held rollout go on, or give a canary all the traffic')
    .argument('<endpoint>')
    .action(
      run(async (output, name: string) => {
        const client = await connect();
        const rollout = await followRollout(client, await client.call('promote', { name, requestedBy: actor() }), output);
        output.result({ rollout }, () => describeRollout(rollout));
        return exitCodeOfRollout(rollout);
      }),
    );

  program
    .command('cancel')
    .description('cancel the running rollout; the old release stays')
    .argument('<endpoint>')
    .action(
      run(async (output, name: string) => {
        const client = await connect();
        const rollout = await client.call('cancelRollout', { name, requestedBy: actor() });
        output.result({ rollout }, () => describeRollout(rollout));
      }),
    );

  program
    .command('rollback')
    .description('go back to an earlier release: model, data reference, environment and serving config as one')
    .argument('<endpoint>')
    .option('--to <release>', 'digest of the release (default: the one before)')
    .option('--reason <text>', 'for the audit log')
    .option('--preview', 'only show what would change')
    .action(
      run(async (output, name: string, options: { to?: string; reason?: string; preview?: boolean }) => {
        const client = await connect();
        const preview = await client.call('previewRollback', { name, ...(options.to === undefined ? {} : { to: options.to }) });
        const changes = preview.differences.map(({ part, key, before, after }) => `  ${part} ${key}: ${before ?? '-'} → ${after ?? '-'}`);
        if (options.preview === true) {
          output.result(preview, () =>
            [`${short(preview.from)} → ${short(preview.to)} (version ${preview.toVersion}, ${preview.readiness})`, ...changes, ...(preview.refusal === undefined ? [] : [preview.refusal])].join('\n'),
          );
          return;
        }
        const answer = await client.call('rollBack', {
          name,
          ...(options.to === undefined ? {} : { to: options.to }),
          ...(options.reason === undefined ? {} : { reason: options.reason }),
          requestedBy: actor(),
        });
        const rollout = answer.durationMs === undefined ? await followRollout(client, answer.rollout, output) : answer.rollout;
        output.result({ ...answer, rollout }, () =>
          [
            `${describeRollout(rollout)}${answer.durationMs === undefined ? '' : ` in ${formatMilliseconds(answer.durationMs)}`}`,
            `${short(preview.from)} → ${short(preview.to)} (version ${preview.toVersion})`,
            ...changes,
          ].join('\n'),
        );
        return exitCodeOfRollout(rollout);
      }),
    );
};
