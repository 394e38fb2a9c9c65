import path from 'node:path';
import type { Command } from 'commander';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { isOpen, timePlaceholder, type Batch, type BatchState } from '../contract/batches.ts';
import { formatAge } from '../contract/format/durations.ts';
import { plural } from '../contract/format/plural.ts';
import { lookUp } from '../contract/unknown.ts';
import { poll } from '../platform/time/poll.ts';
import { cancelOnInterrupt } from './cancelOnInterrupt.ts';
import { examples, type ActionRunner, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { parseModelReference } from './deployCommands.ts';
import { exitCodes } from './exitCodes.ts';
import { facts, short, table, type Output } from './output.ts';
import { describeSchedule } from './scheduleCommands.ts';

const pollMilliseconds = 300;

interface ScoreOptions {
  readonly endpoint?: string;
  readonly model?: string;
  readonly out: string;
  readonly keep?: string[];
  readonly keepAll?: boolean;
  readonly overwrite?: boolean;
  readonly detach?: boolean;
  readonly every?: string;
  readonly timeZone?: string;
}

const exitCodeOfState: Readonly<Record<BatchState, number>> = {
  waiting: exitCodes.success,
  running: exitCodes.success,
  succeeded: exitCodes.success,
  failed: exitCodes.failed,
  cancelled: exitCodes.cancelled,
};

function describeProgress({ message, rows, rejected, bytes, totalBytes }: Batch): string {
  const share = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
  return rows === 0 ? message : `${message}: ${share} %, ${plural(rows, 'row')}${rejected === 0 ? '' : `, ${rejected} rejected`}`;
}

function scorerOf({ endpoint, model, modelVersion }: Batch): string {
  return endpoint === undefined ? `${model}:${modelVersion}` : `${endpoint} (${model}:${modelVersion})`;
}

function describeBatch(batch: Batch): string {
  const colour = batch.state === 'succeeded' ? colors.green : isOpen(batch) ? colors.cyan : colors.red;
  return facts([
    ['batch', `${batch.id}  ${colour(batch.state)}  ${isOpen(batch) ? describeProgress(batch) : batch.message}`],
    ['scored by', `${scorerOf(batch)}${batch.release === undefined ? '' : `, release ${short(batch.release)}`}`],
    ['files', batch.files.length === 1 ? (batch.files[0] ?? '') : `${batch.files.length}, the first ${batch.files[0] ?? ''}`],
    ['rows', `${batch.rows}: ${batch.scored} scored, ${batch.rejected} rejected`],
    ['out', batch.out],
    ...(batch.rejectedOut === undefined ? [] : [['rejected', colors.yellow(batch.rejectedOut)] as const]),
  ]);
}

/** Shows a batch until it ends; Ctrl-C cancels it. */
function follow(client: CompanionClient, started: Batch, output: Output): Promise<Batch> {
  let shown = '';
  return cancelOnInterrupt(output, {
    follow: () =>
      poll(
        async () => {
          const current = await client.call('getBatch', { id: started.id });
          const line = describeProgress(current);
          if (line !== shown && isOpen(current)) {
            output.progress(line);
            shown = line;
          }
          return isOpen(current) ? undefined : current;
        },
        { every: pollMilliseconds },
      ),
    cancel: () => client.call('cancelBatch', { id: started.id }),
    said: 'Cancelling.',
  });
}

async function score(inputs: readonly string[], options: ScoreOptions, output: Output): Promise<number> {
  if ((options.endpoint === undefined) === (options.model === undefined)) {
    throw new CallFailure('invalid-input', 'Say what scores: either --endpoint NAME or --model MODEL@ALIAS.');
  }
  const client = await connect();
  const asked = {
    inputs: inputs.map((input) => path.resolve(input)),
    out: path.resolve(options.out),
    keep: options.keepAll === true ? ('all' as const) : (options.keep ?? []).flatMap((names) => names.split(',')),
    overwrite: options.overwrite === true,
  };
  const { every, timeZone, endpoint } = options;
  if (every !== undefined) {
    const scorer = endpoint === undefined ? parseModelReference(options.model ?? '') : { endpoint };
    const schedule = await client.call('scheduleBatch', { ...scorer, ...asked, schedule: every, ...(timeZone === undefined ? {} : { timeZone }) });
    output.result(schedule, () => describeSchedule(schedule));
    return exitCodes.success;
  }
  const started =
    options.endpoint === undefined
      ? await client.call('startModelBatch', { ...parseModelReference(options.model ?? ''), ...asked })
      : await client.call('startBatch', { name: options.endpoint, ...asked });
  const batch = options.detach === true ? started : await follow(client, started, output);
  output.result(batch, () => describeBatch(batch));
  return lookUp(exitCodeOfState, batch.state) ?? exitCodes.failed;
}

function scoreCommand(program: Command, run: ActionRunner): void {
  program
    .command('score')
    .description('score the rows of CSV, JSON Lines or Parquet files with the release that an endpoint serves, beside its traffic, or with a model version')
    .argument('<files...>', 'files, folders, or patterns in quotes')
    .option('--endpoint <name>', 'score with its live release: same environment, method, threshold and functions')
    .option('--model <model>', 'score with MODEL, MODEL:VERSION or MODEL@ALIAS, which need not be deployed')
    .requiredOption('--out <file>', 'the file that is written: .csv, .jsonl or .parquet')
    .option('--keep <names...>', 'columns that the output repeats before the predictions')
    .option('--keep-all', 'the output repeats all columns')
    .option('--overwrite', 'replace the output if it is there')
    .option('--detach', 'return at once; "slipway batches" shows how far it is')
    .option('--every <cron>', `score again at these times, as the five fields of cron; ${timePlaceholder} in the name of the output is the time`)
    .option('--time-zone <name>', 'of these times, such as Europe/Berlin; that of the machine unless given')
    .addHelpText(
      'after',
      `${examples('score customers.csv --endpoint churn --out scored.csv --keep id', "score 'data/**/*.jsonl' --model churn@champion --out scored.jsonl --keep-all", 'score rows/ --endpoint churn --out scored.parquet --keep-all', `score new/ --endpoint churn --out scored-${timePlaceholder}.csv --every "0 3 * * *"`)}

Rows keep their order. Those that cannot be scored are in OUT.rejected.csv with row, column, value and reason; OUT.lineage.json says which
release made the output, and from which files; Parquet has that as its metadata "slipway" too. A batch goes on after a crash where it was. "slipway schedules" lists, pauses and removes what is scored again and again.`,
    )
    .action(run((output, inputs: string[], options: ScoreOptions) => score(inputs, options, output)));
}

export const batchCommands: CommandGroup = (program, run) => {
  scoreCommand(program, run);
  program
    .command('batches')
    .description('list batches, show one, or cancel it')
    .argument('[id]', 'the beginning of its id')
    .option('--cancel', 'cancel it; nothing of it stays but the rows that were rejected by then')
    .option('--endpoint <name>', 'list those of one endpoint')
    .addHelpText('after', examples('batches', 'batches 3f2a', 'batches 3f2a --cancel'))
    .action(
      run(async (output, id: string | undefined, { cancel, endpoint }: { readonly cancel?: boolean; readonly endpoint?: string }) => {
        const client = await connect();
        const { batches } = await client.call('listBatches', endpoint === undefined ? {} : { endpoint });
        if (id === undefined) {
          output.result({ batches }, () =>
            table(
              ['id', 'scored by', 'state', '>rows', '>rejected', 'out', 'started'],
              batches.map((one) => [short(one.id), scorerOf(one), one.state, String(one.rows), String(one.rejected), one.out, formatAge(one.startedAt)]),
              'No batches. "slipway score" makes one.',
            ),
          );
          return;
        }
        const found = batches.find((one) => one.id.startsWith(id));
        if (found === undefined) {
          throw new CallFailure('not-found', `There is no batch ${id}.`, { remedy: 'List them with "slipway batches".' });
        }
        const shown = cancel === true ? await client.call('cancelBatch', { id: found.id }) : found;
        output.result(shown, () => describeBatch(shown));
      }),
    );
};
