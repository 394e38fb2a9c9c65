import colors from 'picocolors';
import type { Forgotten } from '../contract/forget.ts';
import { plural } from '../contract/format/plural.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { facts } from './output.ts';
import { splitOnce } from './words.ts';

function describeForgotten({ requests, predictions, labels, windows, unread }: Forgotten): string {
  return [
    facts([
      ['erased', `${plural(requests, 'request')} of the inference log, ${plural(predictions, 'prediction')}, ${plural(labels, 'label')}`],
      ['in statistics', windows === 0 ? 'the key stood in none' : `the key was taken out of ${plural(windows, 'window')}`],
      ...(unread === 0 ? [] : [['not looked into', `${plural(unread, 'request')}: bodies that are cut, binary or of an unknown form, without the key as text`] as const]),
    ]),
    colors.dim('Counts and latencies stay. Backups of the database from before still hold labels, until they are gone too.'),
  ].join('\n');
}

export const forgetCommand: CommandGroup = (program, run) => {
  program
    .command('forget')
    .description("erase one person's requests, predictions and labels by a key")
    .requiredOption('--endpoint <name>', 'endpoint that was asked')
    .requiredOption('--where <column=value>', 'input column and its value')
    .addHelpText('after', examples('forget --endpoint churn --where customer_id=42'))
    .action(
      run(async (output, options: { endpoint: string; where: string }) => {
        const [column, value] = splitOnce(options.where, '=');
        const client = await connect();
        const done = await client.call('forgetRequests', { name: options.endpoint, where: { [column]: value } });
        output.result(done, () => describeForgotten(done));
      }),
    );
};
