import colors from 'picocolors';
import { plural } from '../contract/format/plural.ts';
import { writeHead, type AuditVerification } from '../contract/governance.ts';
import { isDigest, shortDigest } from '../contract/format/digests.ts';
import { formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { table } from './output.ts';
import { count } from './words.ts';

export const governanceCommands: CommandGroup = (program, run) => {
  program
    .command('audit')
    .description('who did what, the newest first')
    .option('--subject <subject>', 'only what concerns this endpoint or model')
    .option('-n, --limit <count>', 'at most so many', count, 30)
    .option('--verify', 'check each entry by its key, and the end of the log by the heads that are kept elsewhere')
    .option('--expect <head>', 'with --verify: a head, COUNT:DIGEST as --verify prints it, that the log must have')
    .addHelpText('after', examples('audit', 'audit --subject churn', 'audit --verify', 'audit --verify --expect "$(tail -n 1 heads.txt)"'))
    .action(
      run(async (output, options: { subject?: string; limit: number; verify?: boolean; expect?: string }) => {
        const client = await connect();
        if (options.verify === true || options.expect !== undefined) {
          const verification = await client.call('verifyAudit', options.expect === undefined ? {} : { expect: headIn(options.expect) });
          output.result(verification, () => describeVerification(verification));
          return verification.intact ? exitCodes.success : exitCodes.failed;
        }
        const audit = await client.call('listAudit', { limit: options.limit, ...(options.subject === undefined ? {} : { subject: options.subject }) });
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
