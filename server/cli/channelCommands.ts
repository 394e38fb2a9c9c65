import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { severities, type Severity } from '../contract/alerts.ts';
import type { AlertChannel } from '../contract/channels.ts';
import { formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { table } from './output.ts';
import { collect, collectAssignment, splitOnce } from './words.ts';

function lastOf({ last, waiting }: AlertChannel): string {
  const ended = last === null ? '-' : last.failure === null ? `told ${formatTime(last.at)}` : colors.red(`failed ${formatTime(last.at)}: ${last.failure}`);
  return waiting === 0 ? ended : `${ended}, ${waiting} waiting`;
}

function channelTable(channels: readonly AlertChannel[]): string {
  return table(
    ['channel', 'kind', 'tells', 'settings', 'last'],
    channels.map((channel) => [
      channel.name,
      channel.kind,
      `${channel.minimumSeverity} and above${channel.endpoints === null ? '' : ` of ${channel.endpoints.join(', ')}`}`,
      Object.entries(channel.fields).map(([name, value]) => `${name}=${value}`).join(' ') || '-',
      lastOf(channel),
    ]),
    'Nobody is told. "slipway channels desk --add desktop" adds a channel.',
  );
}

/** The value of a field; `@FILE` reads it from a file, so that a secret stands in no list of processes and no history. */
function valueOf(text: string): string {
  if (!text.startsWith('@')) {
    return text;
  }
  try {
    return readFileSync(text === '@-' ? 0 : text.slice(1), 'utf8').trim();
  } catch (cause) {
    throw new CallFailure('invalid-input', `${text.slice(1)} cannot be read.`, { field: 'field', remedy: 'Name a file with the value behind @.', cause });
  }
}

interface ChannelOptions {
  readonly add?: string;
  readonly field: readonly string[];
  readonly severity: Severity;
  readonly endpoint: readonly string[];
  readonly test?: boolean;
  readonly remove?: boolean;
  readonly kinds?: boolean;
}

export const channelCommands: CommandGroup = (program, run) => {
  program
    .command('channels')
    .description('whom incidents are told; with a name, adds, tests or removes a channel')
    .argument('[name]')
    .option('--add <kind>', 'adds the channel, or changes it')
    .option('--field <name=value>', 'what its kind asks for; name=@FILE reads a file, name=@- standard input', collectAssignment, [])
    .addOption(new Option('--severity <least>', 'tells incidents from this severity on').choices(severities).default('warning'))
    .option('--endpoint <name>', 'tells those of this endpoint alone; may be given several times', collect, [])
    .option('--test', 'sends a test')
    .option('--remove', 'removes the channel and its secrets')
    .option('--kinds', 'lists the kinds and what they ask for')
    .addHelpText('after', examples('channels', 'channels --kinds', 'channels desk --add desktop --test', 'channels team --add slack --field url=@slack-url.txt --severity critical', 'channels team --remove'))
    .action(
      run(async (output, name: string | undefined, options: ChannelOptions) => {
        const client = await connect();
        const found = await client.call('listChannels', {});
        if (options.kinds === true) {
          output.result({ kinds: found.kinds }, () =>
            table(['kind', 'what', 'fields'], found.kinds.map(({ kind, label, fields }) => [kind, label, fields.map((field) => `${field.name}${field.isRequired ? '' : ' (optional)'}${field.isSecret ? ' (secret)' : ''}`).join(', ') || '-']), ''),
          );
          return;
        }
        if (name === undefined) {
          if (options.add !== undefined || options.test === true || options.remove === true) {
            throw new CallFailure('invalid-input', 'Which channel?', { field: 'name', remedy: 'Name it, such as "slipway channels desk --add desktop".' });
          }
          output.result({ channels: found.channels }, () => channelTable(found.channels));
          return;
        }
        if (options.remove === true) {
          await client.call('removeChannel', { name });
          output.result({ removed: name }, () => `Removed ${name}.`);
          return;
        }
        if (options.add !== undefined) {
          const fields = Object.fromEntries(options.field.map((text) => splitOnce(text, '=')).map(([field, value]) => [field, valueOf(value)]));
          await client.call('addChannel', { name, kind: options.add, fields, minimumSeverity: options.severity, endpoints: options.endpoint.length === 0 ? null : [...options.endpoint] });
        }
        if (options.test === true) {
          await client.call('testChannel', { name });
        }
        const channels = (await client.call('listChannels', {})).channels.filter((channel) => channel.name === name);
        if (channels.length === 0) {
          throw new CallFailure('not-found', `There is no channel ${name}.`, { field: 'name', remedy: 'Add it with --add; --kinds lists the kinds.' });
        }
        output.result({ channels, ...(options.test === true ? { tested: true } : {}) }, () => `${channelTable(channels)}${options.test === true ? colors.green('\nThe test was taken.') : ''}`);
      }),
    );
};
