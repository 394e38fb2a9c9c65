import path from 'node:path';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { BaselineTaken, ComparedColumn, DescribedBaseline } from '../contract/baselines.ts';
import { describeTaken } from '../contract/format/baselines.ts';
import { formatNumber } from '../contract/format/numbers.ts';
import { formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { table } from './output.ts';
import { versionOf } from './versionOf.ts';
import { moment } from './words.ts';

interface BaselineOptions {
  readonly file?: string;
  readonly traffic?: string;
  readonly from?: number;
  readonly to?: number;
  readonly sagemaker?: string;
  readonly constraints?: string;
  readonly keep?: boolean;
  readonly choose?: string;
  readonly compare?: string;
  readonly with?: string;
}

/** What is to be taken; undefined where nothing is. */
function takenOf({ file, traffic, from, to, sagemaker, constraints }: BaselineOptions): BaselineTaken | undefined {
  if ([file, traffic, sagemaker].filter((given) => given !== undefined).length > 1) {
    throw new CallFailure('invalid-input', 'Take one at a time: --file, --traffic or --sagemaker.');
  }
  if (file !== undefined) {
    return { kind: 'data-file', path: path.resolve(file) };
  }
  if (traffic !== undefined) {
    if (from === undefined) {
      throw new CallFailure('invalid-input', 'Say from when the traffic is taken, and to when.', { field: 'from', remedy: 'For example --from 2026-11-01 --to 2026-11-15.' });
    }
    return { kind: 'live-traffic', endpoint: traffic, from, to: to ?? Date.now() };
  }
  return sagemaker === undefined ? undefined : { kind: 'sagemaker', statistics: path.resolve(sagemaker), ...(constraints === undefined ? {} : { constraints: path.resolve(constraints) }) };
}

function baselineTable(baselines: readonly DescribedBaseline[]): string {
  const rows = baselines.map((each) => [each.isChosen ? colors.bold(each.id) : each.id, describeTaken(each), `${each.columns}`, formatTime(each.takenAt), each.isChosen ? 'compared with' : '']);
  return table(['id', 'what', '>columns', 'taken', ''], rows, 'No baseline. Take one with --file, --traffic or --sagemaker, or give the rows with slipway.register(..., data=).');
}

function sideOf(summary: ComparedColumn['one']): string {
  if (summary === null) {
    return '-';
  }
  return summary.kind === 'numeric'
    ? `${formatNumber(summary.mean ?? Number.NaN, 4)} ± ${formatNumber(summary.std ?? Number.NaN, 3)}`
    : summary.kind === 'categorical' ? summary.top.slice(0, 3).map(({ value, count }) => `${value} ${Math.round((100 * count) / Math.max(1, summary.count))}%`).join(', ') : summary.name;
}

function comparedTable(columns: readonly ComparedColumn[]): string {
  const rows = columns.map(({ name, one, other, distance, reason }) => [name, sideOf(one), sideOf(other), distance === null ? (reason ?? '') : formatNumber(distance, 3)]);
  return table(['column', 'one', 'other', 'distance'], rows, 'No columns.');
}

export const baselineCommand: CommandGroup = (program, run) => {
  program
    .command('baseline')
    .description('what live traffic of a version is compared with: list, take, choose, compare')
    .argument('<model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS')
    .option('--file <csv>', 'take the rows of a CSV file with a line of names')
    .option('--traffic <endpoint>', 'take the requests to an endpoint, with --from and --to')
    .option('--from <time>', 'from when', moment)
    .option('--to <time>', 'to when (default: now)', moment)
    .option('--sagemaker <statistics>', "take SageMaker Model Monitor's statistics.json")
    .option('--constraints <file>', 'its constraints.json, whose domains are categories that may come')
    .option('--keep', 'only keep what is taken; compare as before')
    .option('--choose <id>', 'compare with this one from now on')
    .option('--compare <id>', 'show how far this one is from the one that is compared with')
    .option('--with <id>', 'compare --compare with this one')
    .addHelpText('after', examples('baseline churn:7', 'baseline churn:7 --file train.csv', 'baseline churn@champion --traffic churn --from 2026-11-01 --to 2026-11-15 --keep', 'baseline churn:7 --sagemaker statistics.json --constraints constraints.json', 'baseline churn:7 --compare 3f9a12bc44de', 'baseline churn:7 --choose given'))
    .action(
      run(async (output, reference: string, options: BaselineOptions) => {
        const from = takenOf(options);
        const client = await connect();
        const version = await versionOf(client, reference);
        if (options.compare !== undefined) {
          const found = await client.call('compareBaselines', { ...version, id: options.compare, ...(options.with === undefined ? {} : { with: options.with }) });
          output.result(found, () => [`one    ${describeTaken(found.one)}`, `other  ${describeTaken(found.other)}`, '', comparedTable(found.columns)].join('\n'));
          return;
        }
        if (from !== undefined) {
          await client.call('takeBaseline', { ...version, from, choose: options.keep !== true });
        } else if (options.choose !== undefined) {
          await client.call('chooseBaseline', { ...version, id: options.choose });
        }
        const found = await client.call('listBaselines', version);
        output.result(found, () => baselineTable(found.baselines));
      }),
    );
};
