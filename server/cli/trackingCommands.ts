import { writeFileSync } from 'node:fs';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { gatherComparison } from '../client/sharedComparison.ts';
import { formatBytes } from '../contract/format/bytes.ts';
import { comparisonPage } from '../contract/format/comparisonPage.ts';
import { plural } from '../contract/format/plural.ts';
import { tellingMetrics } from '../contract/primaryMetric.ts';
import type { ComparisonRow, Run, RunStatus } from '../contract/tracking.ts';
import { lookUp } from '../contract/unknown.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { findRun } from './findRun.ts';
import { formatMetric, short, table } from './output.ts';
import { describeRun, readRunDetails } from './runDetails.ts';
import { formatAge } from '../contract/format/durations.ts';
import { findExperiment, findView } from './viewCommands.ts';
import { count } from './words.ts';

function duration(run: Run): string {
  return run.endedAt === undefined ? '' : `${((run.endedAt - run.startedAt) / 1000).toFixed(1)} s`;
}

function firstMetrics(run: Run): string {
  return tellingMetrics(run.metrics, 3)
    .map(([key, value]) => `${key} ${formatMetric(value)}`)
    .join(', ');
}

const statusColour: Readonly<Record<RunStatus, (text: string) => string>> = {
  FINISHED: colors.green,
  RUNNING: colors.cyan,
  SCHEDULED: colors.dim,
  FAILED: colors.red,
  KILLED: colors.yellow,
};

export const trackingCommands: CommandGroup = (program, run) => {
  program
    .command('experiments')
    .description('list experiments')
    .addHelpText('after', examples('experiments'))
    .action(
      run(async (output) => {
        const client = await connect();
        const { experiments } = await client.call('listExperiments', {});
        output.result({ experiments }, () =>
          table(
            ['id', 'name', '>runs', 'last used'],
            experiments.map((experiment) => [experiment.experimentId, experiment.name, experiment.runs === undefined ? '' : String(experiment.runs), formatAge(experiment.lastUpdatedAt)]),
            'No experiments.',
          ),
        );
      }),
    );

  program
    .command('runs')
    .description('list runs, the newest first; or all that is known of one')
    .argument('[run]', 'an id, its beginning, or a name: its params, metrics, data, code, environment, tags, models, files and the runs within it')
    .option('-e, --experiment <name>', 'only those of an experiment (name or id)')
    .option('-f, --filter <filter>', 'as in MLflow, for example "metrics.auc > 0.8 and params.C = \'1.0\'"')
    .option('--view <name>', 'those that the filter of a saved view of the experiment passes')
    .option('-n, --limit <count>', 'at most so many', count, 20)
    .addHelpText('after', examples('runs', 'runs 9a08399ea9ce', 'runs --experiment churn --limit 5', `runs --filter "metrics.auc > 0.8 and params.balanced = 'True'"`))
    .action(
      run(async (output, named: string | undefined, options: { experiment?: string; filter?: string; view?: string; limit: number }) => {
        const client = await connect();
        if (named !== undefined) {
          if ([options.experiment, options.filter, options.view].some((option) => option !== undefined)) {
            throw new CallFailure('invalid-input', 'Name a run, or say which runs are listed, not both.', { field: 'run' });
          }
          const details = await readRunDetails(client, await findRun(client, named));
          output.result(details, () => describeRun(details));
          return;
        }
        if (options.view !== undefined && options.experiment === undefined) {
          throw new CallFailure('invalid-input', 'A view belongs to an experiment.', { field: 'view', remedy: 'Name it too: --experiment NAME.' });
        }
        const experiment = options.experiment === undefined ? undefined : await findExperiment(client, options.experiment);
        const seen = experiment === undefined || options.view === undefined ? '' : findView(experiment, options.view).filter;
        const filters = [options.filter ?? '', seen].filter((one) => one.trim() !== '');
        const filter = filters.length > 1 ? filters.map((one) => `(${one})`).join(' AND ') : filters[0];
        const { runs, truncated } = await client.call('listRuns', { experimentId: experiment?.experimentId, filter, limit: options.limit });
        output.result({ runs, truncated }, () =>
          [
            table(
              ['run', 'name', 'status', 'source', 'started', '>took', 'metrics'],
              runs.map((one) => [
                short(one.runId),
                one.name,
                (lookUp(statusColour, one.status) ?? String)(one.status.toLowerCase()),
                one.source,
                formatAge(one.startedAt),
                duration(one),
                firstMetrics(one),
              ]),
              'No runs.',
            ),
            ...(truncated ? [colors.dim(`There are more; see --limit.`)] : []),
          ].join('\n'),
        );
      }),
    );

  program
    .command('compare')
    .description('what differs between runs')
    .argument('<runs...>', 'ids, their beginnings, or names')
    .option('-a, --all', 'also what is equal')
    .option('--html <file>', 'write a page of one file to send to others: runs, curves and what differs, without anything that is loaded')
    .option('--reference <run>', 'on that page, the run that the others are compared with; else the one that made a champion')
    .addHelpText('after', examples('compare 9a08399ea9ce 12e1804c548c', 'compare steady-schooner-313 swift-bow-991 --all', 'compare boosting forest ridge --html comparison.html --reference ridge'))
    .action(
      run(async (output, named: string[], options: { all?: boolean; html?: string; reference?: string }) => {
        const client = await connect();
        const runIds = await Promise.all(named.map((one) => findRun(client, one)));
        if (options.html !== undefined) {
          const referenceId = options.reference === undefined ? undefined : await findRun(client, options.reference);
          if (referenceId !== undefined && !runIds.includes(referenceId)) {
            throw new CallFailure('invalid-input', `${options.reference} is none of the runs that are compared.`, { field: 'reference', remedy: 'Name it among the runs too.' });
          }
          const shared = await gatherComparison(client, { runIds, referenceId });
          const page = comparisonPage(shared);
          writeFileSync(options.html, page);
          const { html: file } = options;
          output.result({ runs: shared.runs, rows: shared.rows }, () => `The comparison of ${plural(shared.runs.length, 'run')} is in ${file} (${formatBytes(Buffer.byteLength(page))}).`);
          return;
        }
        const comparison = await client.call('compareRuns', { runIds });
        output.result(comparison, () =>
          table(
            ['', '', ...comparison.runs.map(({ name }) => `>${name}`)],
            comparison.rows.filter((row) => options.all === true || row.differs || row.kind === 'metric').map(comparisonCells),
            'The runs do not differ.',
          ),
        );
      }),
    );
};

/** A comparison's row as table cells: kind, key and a value for each run. */
export function comparisonCells(row: ComparisonRow): string[] {
  const values = row.values.map((value) => (typeof value === 'number' ? formatMetric(value) : (value ?? '-')));
  return [colors.dim(row.kind), row.key, ...values.map((value) => (row.differs ? colors.bold(value) : value))];
}
