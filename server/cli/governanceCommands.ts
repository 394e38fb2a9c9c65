import colors from 'picocolors';
import { plural } from '../contract/format/plural.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import type { CallInput } from '../contract/api.ts';
import { writeHead, type AuditVerification } from '../contract/governance.ts';
import { isDigest, shortDigest } from '../contract/format/digests.ts';
import { formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { exportAudit } from './exportAudit.ts';
import { table, type Output } from './output.ts';
import { count, moment } from './words.ts';

interface Options {
  readonly subject?: string;
  readonly actor?: string;
  readonly from?: number;
  readonly until?: number;
  readonly limit: number;
  readonly verify?: boolean;
  readonly expect?: string;
  readonly export?: string;
  readonly erase?: string;
  readonly yes?: boolean;
}

export const governanceCommands: CommandGroup = (program, run) => {
  program
    .command('audit')
    .description('who did what, the newest first')
    .option('--subject <subject>', 'only what concerns this endpoint or model')
    .option('--actor <name>', 'only what this person did')
    .option('--from <time>', 'only from then on, such as 2026-11-30T14:00 (local time) or with a zone', moment)
    .option('--until <time>', 'only what was before then', moment)
    .option('-n, --limit <count>', 'at most so many', count, 30)
    .option('--verify', 'check each entry by its key, and the end of the log by the heads that are kept elsewhere')
    .option('--expect <head>', 'with --verify: a head, COUNT:DIGEST as --verify prints it, that the log must have')
    .option('--export <file>', 'write all entries that fit into a file, the oldest first: .jsonl or .csv; - is JSON Lines on standard output')
    .option('--erase <name>', 'take the name of a person out of all entries; says how many there are unless --yes is given')
    .option('--yes', 'with --erase: do it; nothing brings the name back')
    .addHelpText('after', examples('audit', 'audit --subject churn', 'audit --verify', 'audit --verify --expect "$(tail -n 1 heads.txt)"', 'audit --export audit.csv --from 2026-11-01', 'audit --erase ann --yes'))
    .action(
      run(async (output, options: Options) => {
        const client = await connect();
        const only = selection(options);
        if (options.erase !== undefined) {
          await erase(client, output, options.erase, options.yes === true);
          return exitCodes.success;
        }
        if (options.export !== undefined) {
          const entries = await exportAudit(client, only, options.export);
          if (options.export !== '-') {
            output.result({ entries, file: options.export }, () => `${plural(entries, 'entry', 'entries')} written to ${options.export ?? ''}.`);
          }
          return exitCodes.success;
        }
        if (options.verify === true || options.expect !== undefined) {
          const verification = await client.call('verifyAudit', options.expect === undefined ? {} : { expect: headIn(options.expect) });
          output.result(verification, () => describeVerification(verification));
          return verification.intact ? exitCodes.success : exitCodes.failed;
        }
        const audit = await client.call('listAudit', { limit: options.limit, ...only });
        output.result(audit, () =>
          table(
            ['>#', 'when', 'who', 'through', 'what', 'on', 'detail'],
            audit.entries.map(({ sequence, at, actor, program: through, action, subject, detail }) => [
              String(sequence),
              formatTime(at),
              actor,
              through ?? '',
              action,
              subject,
              Object.entries(detail).map(([key, value]) => `${key}=${shorten(value)}`).join(' '),
            ]),
            'Nothing yet.',
          ),
        );
        return exitCodes.success;
      }),
    );
};

function selection({ subject, actor, from, until }: Options): Omit<CallInput<'listAudit'>, 'limit'> {
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(actor === undefined ? {} : { actor }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

async function erase(client: CompanionClient, output: Output, person: string, done: boolean): Promise<void> {
  if (done) {
    const erased = await client.call('erasePerson', { person });
    output.result({ ...erased, done }, () => `${plural(erased.entries, 'entry names', 'entries name')} ${erased.as} in place of ${person}. Backups and exported files of before still have the name.`);
    return;
  }
  const { entries } = await client.call('previewErasure', { person });
  output.result({ entries, done }, () => `${plural(entries, 'entry names', 'entries name')} ${person}.\n${colors.dim('Nothing is erased yet; --yes erases the name for good.')}`);
}

/** Of a line of a copied head, which begins with its time, too. */
function headIn(text: string): string {
  return text.trim().split(/\s+/).at(-1) ?? '';
}

function describeVerification({ intact, entries, head, restores, problems, notes }: AuditVerification): string {
  return [
    intact ? `${colors.green('intact')} ${plural(entries, 'entry', 'entries')}, head ${writeHead({ count: entries, digest: head, restores })}` : colors.red(plural(problems.length, 'thing is wrong', 'things are wrong')),
    ...problems.map(({ message, remedy }) => `${message}\n  ${remedy}`),
    ...notes.map((note) => colors.yellow(note)),
  ].join('\n');
}

function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return isDigest(text) ? shortDigest(text) : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
