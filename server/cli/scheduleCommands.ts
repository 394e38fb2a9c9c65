import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import type { BatchSchedule } from '../contract/batches.ts';
import { formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { facts, table } from './output.ts';

interface ScheduleOptions {
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly remove?: boolean;
  readonly endpoint?: string;
}

function scorerOf({ endpoint, model, version }: BatchSchedule): string {
  return endpoint ?? `${model ?? ''}${version === undefined ? '' : typeof version === 'number' ? `:${version}` : `@${version}`}`;
}

function lastOf({ last }: BatchSchedule): string {
  return last === undefined ? 'not yet' : `${formatTime(last.at)}: ${last.failure ?? `batch ${last.batch ?? ''}`}`;
}

function nextOf({ nextAt }: BatchSchedule): string {
  return nextAt === undefined ? 'paused' : formatTime(nextAt);
}

/** A schedule with its next time and what came of the last one. */
export function describeSchedule(one: BatchSchedule): string {
  return facts([
    ['schedule', `${one.id}  ${one.schedule}${one.timeZone === undefined ? '' : ` (${one.timeZone})`}`],
    ['next', one.nextAt === undefined ? colors.yellow('paused') : nextOf(one)],
    ['scored by', scorerOf(one)],
    ['files', one.inputs.join(', ')],
    ['out', one.out],
    ['last', one.last?.failure === undefined ? lastOf(one) : colors.red(lastOf(one))],
  ]);
}

async function change(client: CompanionClient, id: string, { pause, resume, remove }: ScheduleOptions): Promise<BatchSchedule | undefined> {
  if ([pause, resume, remove].filter((asked) => asked === true).length > 1) {
    throw new CallFailure('invalid-input', 'Say one of --pause, --resume and --remove.');
  }
  return pause === true ? client.call('pauseBatchSchedule', { id }) : resume === true ? client.call('resumeBatchSchedule', { id }) : remove === true ? client.call('removeBatchSchedule', { id }) : undefined;
}

export const scheduleCommands: CommandGroup = (program, run) => {
  program
    .command('schedules')
    .description('list files that are scored again and again, show one, pause, resume or remove it')
    .argument('[id]', 'the beginning of its id')
    .option('--pause', 'begin no more batches until it is resumed')
    .option('--resume', 'begin them again, from its next time on')
    .option('--remove', 'remove it; a batch that runs goes on, outputs stay')
    .option('--endpoint <name>', 'list those of one endpoint')
    .addHelpText('after', examples('schedules', 'schedules 3f2a --pause', 'schedules 3f2a --remove'))
    .action(
      run(async (output, id: string | undefined, options: ScheduleOptions) => {
        const client = await connect();
        const { schedules } = await client.call('listBatchSchedules', options.endpoint === undefined ? {} : { endpoint: options.endpoint });
        if (id === undefined) {
          output.result({ schedules }, () =>
            table(
              ['id', 'times', 'next', 'scored by', 'out', 'last'],
              schedules.map((one) => [one.id, one.schedule, nextOf(one), scorerOf(one), one.out, lastOf(one)]),
              'No schedules. "slipway score … --every CRON" makes one.',
            ),
          );
          return;
        }
        const found = schedules.find((one) => one.id.startsWith(id));
        if (found === undefined) {
          throw new CallFailure('not-found', `There is no schedule ${id}.`, { remedy: 'List them with "slipway schedules".' });
        }
        const shown = (await change(client, found.id, options)) ?? found;
        output.result(shown, () => (options.remove === true ? `The schedule ${shown.id} is removed.` : describeSchedule(shown)));
      }),
    );
};
