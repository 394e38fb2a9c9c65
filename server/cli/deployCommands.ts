import path from 'node:path';
import type { Command } from 'commander';
import colors from 'picocolors';
import type { DescribedTarget } from '../contract/deployments.ts';
import type { CallInput } from '../contract/api.ts';
import { differenceText } from '../contract/differenceText.ts';
import { settingsOf, type ServingConfig } from '../contract/servingConfig.ts';
import { serviceState } from '../client/service/service.ts';
import { describeDeployPreview, dryRunExits, exitCodeOfPreview } from './deployPreview.ts';
import { describeAllowances } from './allowingCommand.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { describeShadowReport } from './agreementReport.ts';
import { facts, short, table } from './output.ts';
import { formatDuration } from '../contract/format/durations.ts';
import { describeRollout, exitCodeOfRollout, followRollout } from './rolloutProgress.ts';
import { serviceOptions } from './serviceCommands.ts';
import { addServingOptions, readServingOptions } from './servingOptions.ts';
import { addStrategyOptions, statedStrategy, type StrategyOptions } from './strategyOptions.ts';
import { describeSurvival } from './survival.ts';
import { count, splitOnce } from './words.ts';

interface DeployOptions extends StrategyOptions, AllowOptions {
  endpoint?: string;
  target?: string;
  replicas?: number;
  keepSettings?: boolean;
  allowBreaking?: boolean;
  detach?: boolean;
  dryRun?: boolean;
}

/** What a person lets a model do that is refused otherwise. */
export interface AllowOptions {
  allowBuild?: string[];
  allowPickle?: string[];
  allowNetwork?: boolean;
  allowFolder?: string[];
}

/** Adds the options that let a model do what is refused otherwise. */
export function addAllowOptions(command: Command): void {
  command
    .option('--allow-pickle <name...>', "let the model's pickles import these, each MODULE.NAME; only for a model whose maker you trust")
    .option('--allow-build <package...>', 'build these packages from their source where they have no wheel; that runs their code on this machine')
    .option('--allow-network', 'let the model use the network, which is closed to it where the target can close it')
    .option('--allow-folder <folder...>', 'let the model read these folders of this machine; for local processes');
}

/** A serving config with what the options allow. */
export function servingOf(options: AllowOptions, settings: ServingConfig): NonNullable<CallInput<'deploy'>['serving']> {
  return {
    ...settings,
    ...(options.allowPickle === undefined ? {} : { allowedImports: options.allowPickle }),
    ...(options.allowBuild === undefined ? {} : { allowedBuilds: options.allowBuild }),
    ...(options.allowNetwork === true ? { allowedNetwork: true as const } : {}),
    ...(options.allowFolder === undefined ? {} : { allowedFolders: options.allowFolder.map((folder) => path.resolve(folder)) }),
  };
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

/** The serving settings of what an endpoint serves. @throws CallFailure `not-found` where there is no such endpoint */
export async function liveSettings(client: Awaited<ReturnType<typeof connect>>, name: string): Promise<Partial<ServingConfig>> {
  const { liveRelease } = await client.call('getEndpoint', { name });
  return liveRelease === undefined ? {} : settingsOf((await client.call('getRelease', { digest: liveRelease })).serving);
}

/** The targets with what they run on, or why they cannot be used. */
function targetTable(targets: readonly DescribedTarget[]): string {
  return table(
    ['target', 'what', 'state', 'settings'],
    targets.map(({ kind, label, isDefault, available, detail, settings }) => [
      isDefault ? colors.bold(kind) : kind,
      isDefault ? `${label} (default)` : label,
      available ? detail : colors.yellow(detail),
      settings.join(', ') || '-',
    ]),
    'No targets.',
  );
}

export const deployCommands: CommandGroup = (program, run) => {
  program
    .command('targets')
    .description('where replicas can run')
    .addHelpText('after', examples('targets', 'targets --json'))
    .action(
      run(async (output) => {
        const client = await connect();
        const { targets } = await client.call('listTargets', {});
        output.result({ targets }, () => targetTable(targets));
      }),
    );

  const deploy = program
    .command('deploy')
    .description('move an endpoint to a model version; creates the endpoint if needed')
    .argument('<model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS')
    .option('--endpoint <name>', "endpoint (default: the model's name)")
    .option('--target <target>', 'where replicas run; "slipway targets" lists where they can (default: the setting defaultTarget)')
    .option('--replicas <count>', 'model servers that run the release (default: as many as the endpoint has, else 1)', count)
    .option('--allow-breaking', "deploy a version whose signature would break today's callers: inputs that are gone, new ones that are required, other types")
    .option('--keep-settings', 'with the serving settings of the live release where no option says otherwise; what was allowed is not kept')
    .option('--dry-run', 'only say what it would do, and whether it would be refused; nothing is changed')
    .option('--detach', 'return at once; "slipway endpoints NAME" shows how it goes')
    .addHelpText('after', examples('deploy churn', 'deploy churn:2 --canary 10,50 --step-seconds 60', 'deploy churn@challenger --blue-green --hold', 'deploy churn --endpoint churn-eu --target process --replicas 2', 'deploy churn:2 --keep-settings --timeout 120 --memory 2048', 'deploy churn:2 --canary 10,50 --dry-run') + dryRunExits)
    .action(
      run(async (output, reference: string, options: DeployOptions) => {
        const client = await connect();
        const { model, version } = parseModelReference(reference);
        const name = options.endpoint ?? endpointNameOf(model);
        const kept = options.keepSettings === true ? await liveSettings(client, name) : {};
        const input: CallInput<'deploy'> = {
          name,
          model,
          version,
          ...(options.target === undefined ? {} : { target: options.target }),
          ...(options.replicas === undefined ? {} : { replicaCount: options.replicas }),
          ...statedStrategy(options),
          allowBreaking: options.allowBreaking === true,
          serving: servingOf(options, readServingOptions(deploy, kept)),
        };
        if (options.dryRun === true) {
          const preview = await client.call('previewDeploy', input);
          output.result(preview, () => describeDeployPreview(preview));
          return exitCodeOfPreview(preview);
        }
        const rollout = await client.call('deploy', input);
        const followed = options.detach === true ? rollout : await followRollout(client, rollout, output);
        const endpoint = await client.call('getEndpoint', { name: rollout.endpoint });
        const service = followed.state === 'succeeded' ? await serviceOptions().then(serviceState).catch(() => undefined) : undefined;
        const answers = endpoint.liveVersion === undefined ? [] : [`${endpoint.url}/invocations answers with version ${endpoint.liveVersion}`, ...(service === undefined ? [] : [describeSurvival(service)])];
        output.result({ rollout: followed, endpoint, ...(service === undefined ? {} : { afterRestart: service.survival }) }, () =>
          [describeRollout(followed), ...(followed.shadow === undefined ? [] : [facts(describeShadowReport(followed.shadow))]), ...describeAllowances(program.args, followed.allowable), ...answers].join('\n'),
        );
        return exitCodeOfRollout(client, followed);
      }),
    );

  addAllowOptions(deploy);
  addStrategyOptions(deploy);
  addServingOptions(deploy);

  program
    .command('rollback')
    .description('go back to an earlier release: model, data reference, environment and serving config as one')
    .argument('<endpoint>')
    .option('--to <release>', 'digest of the release (default: the one before)')
    .option('--reason <text>', 'for the audit log')
    .option('--preview', 'only show what would change')
    .addHelpText('after', examples('rollback churn', 'rollback churn --preview', 'rollback churn --to c5cb3f63d3dc --reason "wrong prices"'))
    .action(
      run(async (output, name: string, options: { to?: string; reason?: string; preview?: boolean }) => {
        const client = await connect();
        const preview = await client.call('previewRollback', { name, ...(options.to === undefined ? {} : { to: options.to }) });
        const changes = preview.differences.map((difference) => `  ${differenceText(difference)}`);
        if (options.preview === true) {
          output.result(preview, () =>
            [`${short(preview.from)} → ${short(preview.to)} (version ${preview.toVersion}, ${preview.readiness})`, ...changes, ...(preview.refusal === undefined ? [] : [preview.refusal])].join('\n'),
          );
          return preview.refusal === undefined ? exitCodes.success : exitCodes.refused;
        }
        const answer = await client.call('rollBack', {
          name,
          ...(options.to === undefined ? {} : { to: options.to }),
          ...(options.reason === undefined ? {} : { reason: options.reason }),
        });
        const rollout = answer.durationMs === undefined ? await followRollout(client, answer.rollout, output) : answer.rollout;
        output.result({ ...answer, rollout }, () =>
          [
            answer.durationMs === undefined ? describeRollout(rollout) : `${colors.green('rolled back')} Version ${rollout.toVersion} has the traffic after ${formatDuration(answer.durationMs)}`,
            `${short(preview.from)} → ${short(preview.to)} (version ${preview.toVersion})`,
            ...changes,
          ].join('\n'),
        );
        return answer.durationMs === undefined ? exitCodeOfRollout(client, rollout) : exitCodes.success;
      }),
    );
};
