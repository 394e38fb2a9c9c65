import { readFileSync } from 'node:fs';
import path from 'node:path';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { comparedAs, coverageText, howToLabel, intervalText, labelsText, metricLabel, metricsOf, metricValueText } from '../contract/format/performance.ts';
import { formatTime } from '../contract/format/times.ts';
import { mostLabels, type Performance, type PerformancePart, type RecordedLabels } from '../contract/performance.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { facts, short, table } from './output.ts';
import { positive } from './words.ts';

/** The text of a file in parts that one call takes each: whole lines, with the header of CSV in each of them. */
export function partsOf(text: string, hasHeader: boolean, most = mostLabels): string[] {
  const starts: number[] = [];
  let inQuotes = false;
  let begin = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const letter = text.charAt(at);
    // A line end within quotes belongs to its field; JSON escapes it.
    inQuotes = hasHeader && letter === '"' ? !inQuotes : inQuotes;
    if ((letter === '\n' && !inQuotes) || letter === '') {
      if (text.slice(begin, at).trim() !== '') {
        starts.push(begin);
      }
      begin = at + 1;
    }
  }
  const first = hasHeader ? 1 : 0;
  const header = hasHeader ? text.slice(starts[0] ?? 0, starts[1] ?? text.length) : '';
  const parts: string[] = [];
  for (let line = first; line < starts.length; line += most) {
    parts.push(header + text.slice(starts[line], starts[line + most] ?? text.length));
  }
  return parts.length === 0 ? [text] : parts;
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new CallFailure('invalid-input', `${file} cannot be read.`, { field: 'file', remedy: 'Name a file with labels as CSV or JSON Lines, or - for standard input.', cause });
  }
}

/** CSV unless its name or its first letter says JSON Lines. */
function isJsonLines(file: string, text: string): boolean {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.parquet') {
    throw new CallFailure('invalid-input', 'Parquet is not read by the command line.', { field: 'file', remedy: 'In a notebook: slipway.log_labels(pandas.read_parquet(file), endpoint=..., label=...); or write it as CSV.' });
  }
  return ending === '.jsonl' || ending === '.ndjson' || (ending !== '.csv' && text.trimStart().startsWith('{'));
}

function sum(all: readonly RecordedLabels[]): RecordedLabels {
  const total = (field: 'received' | 'added' | 'corrected' | 'unchanged' | 'outdated'): number => all.reduce((count, each) => count + each[field], 0);
  const joined = all.reduce<number | null>((count, each) => (count === null || each.joined === null ? null : count + each.joined), 0);
  return { received: total('received'), added: total('added'), corrected: total('corrected'), unchanged: total('unchanged'), outdated: total('outdated'), joined };
}

function describeRecorded({ received, added, corrected, unchanged, outdated, joined }: RecordedLabels): string {
  const written = added + corrected;
  return facts([
    ['labels', `${received}: ${added} new, ${corrected} corrected, ${unchanged} known already, ${outdated} older than what is known`],
    ['predictions', joined === null ? 'the log is still being read' : `${joined} of the ${written} new or corrected labels have one by now; the others wait for theirs`],
  ]);
}

function metricRows(part: PerformancePart): string {
  return table(['metric', '>value', '95 % interval'], metricsOf(part).map((figure) => [metricLabel(figure), metricValueText(figure), figure.value === null ? (figure.reason ?? '') : intervalText(figure, part)]), 'No metrics.');
}

/** The metrics of parts beside each other, such as releases or windows. */
function partTable(head: string, parts: readonly (readonly [name: string, part: PerformancePart])[]): string {
  const [metrics = []] = parts.map(([, part]) => metricsOf(part)).sort((a, b) => b.length - a.length);
  const valueOf = (part: PerformancePart, metric: string): string => {
    const figure = metricsOf(part).find((each) => each.metric === metric);
    return figure === undefined ? '-' : metricValueText(figure);
  };
  const rows = parts.map(([name, part]) => [name, `${part.labelled} of ${part.predictions}`, ...metrics.map(({ metric }) => valueOf(part, metric))]);
  return table([head, '>labelled', ...metrics.map((figure) => `>${metricLabel(figure)}`)], rows, '');
}

function describePerformance(found: Performance): string {
  const { total, endpoint } = found;
  if (found.labels.lastReceivedAt === null) {
    return `No labels yet. Send what turned out to be true:\n\n${howToLabel(endpoint).map((line) => `  ${line}`).join('\n')}\n\nEach answer has its request id in the header x-request-id.`;
  }
  return [
    facts([
      ['predictions', `${formatTime(found.from)} to ${formatTime(found.to)}${found.isComplete ? '' : colors.yellow(', the log is still being read')}`],
      ['covers', coverageText(total)],
      ['compared as', comparedAs(total)],
      ['labels', labelsText(found)],
    ]),
    '',
    ...(total.labelled === 0 ? [] : [metricRows(total)]),
    ...(found.releases.length < 2 ? [] : ['', partTable('release', found.releases.map(({ release, modelVersion, part }) => [`${modelVersion === undefined ? '' : `version ${modelVersion}, `}${short(release)}`, part]))]),
    ...(found.windows.length < 2 ? [] : ['', partTable('from', found.windows.map(({ from, part }) => [formatTime(from), part]))]),
  ].join('\n');
}

interface LabelOptions {
  readonly key?: string;
  readonly label: string;
  readonly source?: string;
}

export const labelCommands: CommandGroup = (program, run) => {
  program
    .command('labels')
    .description('say what was true of rows that an endpoint predicted')
    .argument('<endpoint>')
    .argument('<file>', 'CSV with a header, or JSON Lines; - reads standard input')
    .option('--key <column>', 'input column that says which row a label is of (default: request_id, with row where a request had several)')
    .option('--label <column>', 'column with the labels', 'label')
    .option('--source <name>', 'who says so')
    .addHelpText('after', examples('labels churn labels.csv', 'labels churn outcomes.csv --key customer_id --label churned', 'labels churn labels.jsonl --source billing'))
    .action(
      run(async (output, name: string, file: string, options: LabelOptions) => {
        const text = readText(file);
        const asJson = isJsonLines(file, text);
        const client = await connect();
        const parts = partsOf(text, !asJson).map((part) => ({
          name,
          ...(asJson ? { jsonLines: part } : { csv: part }),
          labelColumn: options.label,
          ...(options.key === undefined ? {} : { keyColumn: options.key }),
          ...(options.source === undefined ? {} : { source: options.source }),
        }));
        // A bad row refuses the whole file, also one that goes in several calls.
        for (const part of parts.length > 1 ? parts : []) {
          await client.call('recordLabels', { ...part, check: true });
        }
        const recorded: RecordedLabels[] = [];
        for (const part of parts) {
          recorded.push(await client.call('recordLabels', part));
        }
        const all = sum(recorded);
        output.result(all, () => describeRecorded(all));
      }),
    );

  program
    .command('performance')
    .description('how right the predictions of an endpoint were, by its labels')
    .argument('<endpoint>')
    .option('--days <count>', 'predictions of so many days up to now', positive, 30)
    .addHelpText('after', examples('performance churn', 'performance churn --days 7 --json'))
    .action(
      run(async (output, name: string, options: { days: number }) => {
        const client = await connect();
        const found = await client.call('getPerformance', { name, from: Date.now() - Math.round(options.days * 86_400_000), windows: Math.max(1, Math.min(30, Math.round(options.days))) });
        output.result(found, () => describePerformance(found));
      }),
    );
};
