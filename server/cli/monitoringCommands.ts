import { readFileSync } from 'node:fs';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { describeBaseline, describeChance, describeDrift } from '../contract/format/drift.ts';
import { formatLatency } from '../contract/format/durations.ts';
import { formatNumber } from '../contract/format/numbers.ts';
import { formatShape } from '../contract/format/shapes.ts';
import { plural } from '../contract/format/plural.ts';
import type { ColumnSummary } from '../contract/columnSummary.ts';
import type { DriftFigure, Monitoring } from '../contract/monitoring.ts';
import { formatSpan, formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { facts, short, table } from './output.ts';
import { predict } from './predict.ts';
import { count, positive } from './words.ts';

function summary(column: ColumnSummary | null): string {
  if (column === null) {
    return '-';
  }
  if (column.kind === 'unknown') {
    return column.name;
  }
  if (column.kind === 'numeric') {
    return column.mean === null ? 'no values' : `${Number(column.mean.toPrecision(4))} ± ${Number((column.std ?? 0).toPrecision(3))}`;
  }
  return column.top.slice(0, 3).map(({ value, count }) => `${value} ${Math.round((100 * count) / Math.max(1, column.count))}%`).join(', ') || 'no values';
}

function missing(column: ColumnSummary | null): string {
  return column === null || column.kind === 'unknown' ? '-' : String(column.missing + column.invalid);
}

/** What the drift figures cover. */
function driftOf({ release, rows, from, to }: NonNullable<Monitoring['driftCovers']>): string {
  return `${plural(rows, 'row')} of release ${short(release)}, ${formatTime(from)} to ${formatTime(to)}; a number is no verdict`;
}

/** The figure of the method that is shown first. */
function shownDrift(baseline: ColumnSummary | null, figures: readonly DriftFigure[]): string {
  const figure = figures.find(({ isDefault }) => isDefault);
  return baseline === null || figure === undefined ? '-' : describeDrift(figure);
}

/** What no other figure has. */
function notInLog(lost: NonNullable<Monitoring['total']['lost']>, failure: string | undefined): string {
  const why = failure === undefined ? '' : `, and it goes on: ${failure}`;
  return `${plural(lost.requests, 'request')}, answered ${formatSpan(lost.from, lost.to)}, in no other figure here${why}`;
}

/** The same figures by release: those of the endpoint are of all of them together. */
function releaseTable(releases: Monitoring['releases']): string {
  const rows = releases.map(({ release, modelVersion, total: { requests, lost, serverErrors, clientErrors, latency } }) => [
    `${modelVersion === undefined ? '' : `version ${modelVersion}, `}${short(release)}`,
    `${requests}${lost === null ? '' : ` and ${lost.requests} not logged`}`,
    String(serverErrors),
    String(clientErrors),
    latency === null ? '-' : formatLatency(latency.p99),
  ]);
  return table(['release', '>requests', '>failed', '>refused', '>p99'], rows, '');
}

/** What has moved, and what is usually done. */
function suspectLines({ suspects, advice }: NonNullable<Monitoring['verdict']>): string[] {
  const moved = suspects.map(({ name, text, since, distance, values, p }) => `  ${colors.bold(name)} ${text}, since ${formatTime(since)} ${colors.dim(`(distance ${formatNumber(distance, 2)} of ${values} values; ${describeChance(p)})`)}`);
  return advice === null ? moved : [...moved, colors.dim(advice)];
}

/** Figures of an endpoint, for people. */
export function describeMonitoring(monitoring: Monitoring): string {
  const { total } = monitoring;
  const { latency } = total;
  const { verdict } = monitoring;
  return [
    ...(verdict === undefined ? [] : [verdict.isWell ? colors.green(verdict.sentence) : verdict.kind === 'not-evaluated' ? verdict.sentence : colors.yellow(verdict.sentence), ...suspectLines(verdict), '']),
    facts([
      ['span', `${formatTime(monitoring.from)} to ${formatTime(monitoring.to)}`],
      ['requests', `${total.requests}, ${total.rows} rows`],
      ...(total.lost === null ? [] : [['not in the log', colors.yellow(notInLog(total.lost, monitoring.log.failure))] as const]),
      ...(total.unreadBodies === 0 ? [] : [['not in features', `${total.unreadBodies} requests: bodies over 1 MiB or of an unknown form`] as const]),
      ['errors', `${total.serverErrors} of the server or its model, ${total.clientErrors} of clients`],
      ['latency', latency === null ? '-' : `p50 ${formatLatency(latency.p50)}, p90 ${formatLatency(latency.p90)}, p99 ${formatLatency(latency.p99)}`],
      ['prediction', summary(monitoring.predictions.live)],
      ['baseline', describeBaseline(monitoring)],
      ...(monitoring.driftCovers === null || monitoring.baselineSource === 'none' ? [] : [['drift', driftOf(monitoring.driftCovers)] as const]),
    ]),
    '',
    ...(monitoring.releases.length < 2 ? [] : [releaseTable(monitoring.releases), '']),
    table(
      ['feature', 'type', 'live', 'baseline', 'drift', '>missing or invalid'],
      monitoring.features.map(({ name, type, tensor, live, baseline, drift }) => [name, tensor === undefined ? type : `${type} ${formatShape(tensor.shape)}`, summary(live), baseline === null ? 'no baseline' : summary(baseline), shownDrift(baseline, drift), missing(live)]),
      'No features seen yet.',
    ),
  ].join('\n');
}

/** What every method says of a feature; a bound is that of the method's source. */
export function driftTable(figures: readonly DriftFigure[], evidently: string | null): string {
  const rows = figures.map(({ method, label, rows: count, result }) => [
    method === evidently ? `${label}, Evidently's default` : label,
    result.kind === 'evaluated' ? formatNumber(result.statistic, 4) : '-',
    result.kind === 'evaluated' && result.threshold !== undefined ? `${result.isBeyond === true ? 'beyond' : 'within'} ${result.threshold}` : '-',
    String(count),
    result.kind === 'evaluated' ? (result.note ?? '') : result.kind === 'not-evaluated' ? `not evaluated: ${result.reason}` : result.name,
  ]);
  return table(['method', '>value', 'its own bound', '>rows', 'note'], rows, 'No method fits.');
}

function readBody(data: string): string {
  if (data !== '-' && !data.startsWith('@')) {
    return data;
  }
  try {
    return readFileSync(data === '-' ? 0 : data.slice(1), 'utf8');
  } catch (cause) {
    throw new CallFailure('invalid-input', `${data === '-' ? 'Standard input' : data.slice(1)} cannot be read.`, { field: 'data', remedy: 'Name a file with the body behind @.', cause });
  }
}

const watchMilliseconds = 2000;

export const monitoringCommands: CommandGroup = (program, run) => {
  program
    .command('predict')
    .description('send a request to an endpoint')
    .argument('<endpoint>')
    .requiredOption('-d, --data <json>', 'body for /invocations; @FILE reads a file, - standard input')
    .option('--release <release>', 'the release that is to answer, by its digest or as v7, also one that has no share of the traffic')
    .addHelpText('after', examples(`predict churn -d '{"dataframe_records": [{"age": 42, "contract": "monthly"}]}'`, 'predict churn -d @request.json', 'predict churn -d - < request.json', 'predict churn -d @request.json --release v7'))
    .action(
      run(async (output, name: string, options: { data: string; release?: string }) => {
        const client = await connect();
        const endpoint = await client.call('getEndpoint', { name });
        const answer = await predict(endpoint, readBody(options.data), options.release);
        output.result(answer, () => `${JSON.stringify(answer.body)}\n${colors.dim(`${answer.status}, release ${short(answer.release)}, ${formatLatency(answer.milliseconds)}`)}`);
        return answer.status < 400 ? exitCodes.success : exitCodes.failed;
      }),
    );

  program
    .command('monitor')
    .description('latency, errors and input statistics of an endpoint')
    .argument('<endpoint>')
    .option('--minutes <count>', 'span up to now', positive, 60)
    .option('-w, --watch', 'again every two seconds')
    .option('--feature <name>', 'what every drift method says of one feature')
    .addHelpText('after', examples('monitor churn', 'monitor churn --minutes 5 --watch', 'monitor churn --feature age', 'monitor churn --json'))
    .action(
      run(async (output, name: string, options: { minutes: number; watch?: boolean; feature?: string }) => {
        const client = await connect();
        const from = (): number => Date.now() - Math.round(options.minutes * 60_000);
        if (options.feature !== undefined) {
          const answer = await client.call('getDrift', { name, feature: options.feature, from: from() });
          output.result(answer, () => driftTable(answer.drift, answer.evidentlyDefault));
          return;
        }
        for (;;) {
          const monitoring = await client.call('getMonitoring', { name, from: from() });
          if (options.watch === true && !output.json) {
            process.stdout.write('\u001b[2J\u001b[H');
          }
          output.result(monitoring, () => describeMonitoring(monitoring));
          if (options.watch !== true) {
            return;
          }
          await new Promise((resolve) => setTimeout(resolve, watchMilliseconds));
        }
      }),
    );

  program
    .command('logs')
    .description('what the replicas and environment builds of an endpoint wrote')
    .argument('<endpoint>')
    .option('-n, --lines <count>', 'lines of each', count, 50)
    .addHelpText('after', examples('logs churn', 'logs churn --lines 200'))
    .action(
      run(async (output, name: string, options: { lines: number }) => {
        const client = await connect();
        const { logs } = await client.call('readLogs', { name, lines: options.lines });
        output.result({ logs }, () => logs.map(({ source, lines }) => `${colors.bold(source)}\n${lines.join('\n')}`).join('\n\n') || colors.dim('Nothing was written.'));
      }),
    );
};
