import colors from 'picocolors';
import { isChecking, type LoadCheck, type LoadCheckState } from '../contract/loadChecks.ts';
import { lookUp } from '../contract/unknown.ts';
import { poll } from '../platform/time/poll.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { parseModelReference } from './deployCommands.ts';
import { exitCodes } from './exitCodes.ts';
import type { Output } from './output.ts';

const pollMilliseconds = 300;

const exitCodeOfState: Readonly<Record<LoadCheckState, number>> = {
  waiting: exitCodes.success,
  running: exitCodes.success,
  loads: exitCodes.success,
  fails: exitCodes.failed,
  'not-checked': exitCodes.unavailable,
};

/** What was found, in a line, with the remedy where there is one. */
export function describeLoadCheck({ state, message, missing, remedy }: LoadCheck): string {
  const colour = state === 'loads' ? colors.green : state === 'fails' ? colors.red : colors.yellow;
  const words = state === 'loads' ? 'loads elsewhere' : state === 'fails' ? 'does not load elsewhere' : state === 'not-checked' ? 'not checked' : state;
  const lacks = missing === undefined ? '' : ` It lacks ${missing.kind === 'file' ? `${missing.name} of the notebook's folder` : `the package ${missing.name}`}.`;
  return `${colour(words)}${lacks} ${message}${remedy === undefined ? '' : `\n  ${remedy}`}`;
}

async function follow(client: CompanionClient, started: LoadCheck, output: Output): Promise<LoadCheck> {
  let shown = '';
  return poll(
    async () => {
      const { checks } = await client.call('listLoadChecks', { name: started.model });
      const current = checks.find(({ version }) => version === started.version) ?? started;
      if (isChecking(current) && current.message !== shown) {
        shown = current.message;
        output.progress(shown);
      }
      return isChecking(current) ? undefined : current;
    },
    { every: pollMilliseconds },
  );
}

export const loadCheckCommand: CommandGroup = (program, run) => {
  program
    .command('check')
    .description('load a version in an environment of its own and predict its example there, as a deploy elsewhere would')
    .argument('<model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS')
    .option('--detach', 'return at once; "slipway models MODEL" shows what was found')
    .addHelpText('after', examples('check churn', 'check churn:2 --json'))
    .action(
      run(async (output, reference: string, { detach = false }: { detach?: boolean }) => {
        const client = await connect();
        const { model, version: selector } = parseModelReference(reference);
        const { versions, aliases } = await client.call('getModel', { name: model });
        const version = typeof selector === 'number' ? selector : selector.startsWith('@') ? aliases[selector.slice(1)] : versions[0]?.version;
        const started = await client.call('checkLoad', { name: model, version: version ?? 0 });
        const check = detach ? started : await follow(client, started, output);
        output.result({ check }, () => `${check.model} version ${check.version} ${describeLoadCheck(check)}`);
        return lookUp(exitCodeOfState, check.state) ?? exitCodes.failed;
      }),
    );
};
