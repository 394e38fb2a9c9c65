import colors from 'picocolors';
import { plural } from '../contract/format/plural.ts';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import type { PurgeReport } from '../contract/tracking.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { findRun } from './findRun.ts';
import { facts, short, table } from './output.ts';
import { formatBytes } from '../contract/format/bytes.ts';
import { formatTime } from '../contract/format/times.ts';
import { collect } from './words.ts';

async function findExperiment(client: CompanionClient, named: string): Promise<string> {
  const { experiments } = await client.call('listExperiments', {});
  const found = experiments.find(({ name, experimentId }) => name === named || experimentId === named);
  if (found === undefined) {
    throw new CallFailure('not-found', `There is no experiment ${named}.`, { field: 'experiment', remedy: '"slipway experiments" lists them.' });
  }
  return found.experimentId;
}

function describePurge({ experiments, runs, models, files, bytes, kept }: PurgeReport): string {
  const counts = facts([
    ['experiments', String(experiments)],
    ['runs', String(runs)],
    ['models', String(models)],
    ['files', String(files)],
    ['frees', formatBytes(bytes)],
  ]);
  return kept.length === 0 ? counts : `${counts}\n\n${table(['kept', 'id', 'because'], kept.map(({ kind, id, reason }) => [kind, short(id), reason]), '')}`;
}

export const historyCommands: CommandGroup = (program, run) => {
  program
    .command('history')
    .description('which version an alias of a model named when, and who moved it')
    .argument('<model>')
    .option('--alias <alias>', 'only this alias')
    .addHelpText('after', examples('history churn', 'history churn --alias champion'))
    .action(
      run(async (output, name: string, options: { alias?: string }) => {
        const client = await connect();
        const { moves, recorded } = await client.call('listAliasMoves', { name, ...(options.alias === undefined ? {} : { alias: options.alias.replace(/^@/, '') }) });
        output.result({ moves, recorded }, () =>
          table(
            ['alias', '>version', 'from', 'until', 'who'],
            moves.map(({ alias, version, from, until, actor }) => [
              `@${alias}`,
              version === undefined ? 'none' : String(version),
              formatTime(from),
              until === undefined ? colors.green('now') : formatTime(until),
              actor,
            ]),
            recorded ? 'No alias was ever set.' : 'The tracking server keeps no history of aliases.',
          ),
        );
      }),
    );

  program
    .command('note')
    .description('write the note of a run; an empty text removes it')
    .argument('<run>', 'the beginning of an id will do')
    .argument('<text>', 'Markdown')
    .addHelpText('after', examples('note 9a08399ea9ce "balanced classes, better recall"', 'note 9a08399ea9ce ""'))
    .action(
      run(async (output, named: string, note: string) => {
        const client = await connect();
        const stored = await client.call('setNote', { runId: await findRun(client, named), note });
        output.result(stored, () => (note === '' ? `${stored.name} has no note.` : `${stored.name}: ${note}`));
      }),
    );

  program
    .command('move')
    .description('move runs to another experiment, with their models and datasets')
    .argument('<runs...>', 'the beginnings of ids will do')
    .requiredOption('-e, --experiment <name>', 'where to (name or id)')
    .addHelpText('after', examples('move 9a08399ea9ce 5d2f --experiment churn'))
    .action(
      run(async (output, named: string[], options: { experiment: string }) => {
        const client = await connect();
        const experimentId = await findExperiment(client, options.experiment);
        const runIds: string[] = [];
        for (const one of named) {
          runIds.push(await findRun(client, one));
        }
        const { moved } = await client.call('moveRuns', { runIds, experimentId });
        output.result({ moved, experimentId }, () => `${plural(moved, 'run is', 'runs are')} moved.`);
      }),
    );

  program
    .command('purge')
    .description('remove deleted runs, models and experiments for good; says what it would free unless --yes is given')
    .option('--run <id>', 'only this deleted run (whole id); may be repeated', collect, [])
    .option('--experiment <id>', 'only this deleted experiment (id); may be repeated', collect, [])
    .option('--yes', 'do it: nothing brings it back')
    .addHelpText('after', examples('purge', 'purge --yes', 'purge --experiment 3 --yes'))
    .action(
      run(async (output, options: { run: string[]; experiment: string[]; yes?: boolean }) => {
        const client = await connect();
        const selection = {
          ...(options.run.length === 0 ? {} : { runIds: options.run }),
          ...(options.experiment.length === 0 ? {} : { experimentIds: options.experiment }),
        };
        const done = options.yes === true;
        const report = await client.call(done ? 'purge' : 'previewPurge', selection);
        output.result({ ...report, done }, () => `${describePurge(report)}\n${done ? 'Removed.' : colors.dim('Nothing is removed yet; --yes removes it for good.')}`);
      }),
    );
};
