import colors from 'picocolors';
import { isDigest, shortDigest } from '../contract/format/digests.ts';
import { formatTime } from '../contract/format/times.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { short, table } from './output.ts';
import { count } from './words.ts';

export const governanceCommands: CommandGroup = (program, run) => {
  program
    .command('audit')
    .description('who did what, the newest first')
    .option('--subject <subject>', 'only what concerns this endpoint or model')
    .option('-n, --limit <count>', 'at most so many', count, 30)
    .option('--verify', 'recompute the hash chain')
    .addHelpText('after', examples('audit', 'audit --subject churn', 'audit --verify'))
    .action(
      run(async (output, options: { subject?: string; limit: number; verify?: boolean }) => {
        const client = await connect();
        if (options.verify === true) {
          const verification = await client.call('verifyAudit', {});
          output.result(verification, () =>
            verification.intact
              ? `${colors.green('intact')} ${verification.entries} entries, head ${short(verification.head)}`
              : `${colors.red('broken')} at entry ${verification.brokenAt ?? '?'}`,
          );
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

function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return isDigest(text) ? shortDigest(text) : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
