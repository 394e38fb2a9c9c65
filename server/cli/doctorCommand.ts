import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { Diagnosis, Report } from '../companion/doctor/doctor.ts';
import { plural } from '../contract/format/plural.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { createThrottle } from '../platform/time/throttle.ts';
import { examples, type CommandGroup } from './command.ts';
import { exitCodes } from './exitCodes.ts';
import { table, type Output } from './output.ts';

/** Between two lines of progress. */
const progressMilliseconds = 1000;

export const doctorCommand: CommandGroup = (program, run) => {
  program
    .command('doctor')
    .description('check the data home: database, audit log, artifacts, releases, environments, leftovers, permissions')
    .option('--repair', 'repair what can be repaired without loss; the companion must be stopped')
    .option('--dry-run', 'with --repair: only say what it would repair')
    .addHelpText('after', `\nExit code: 0 nothing is wrong, 1 something is.\n${examples('doctor', 'doctor --repair --dry-run', 'doctor --repair')}`)
    .action(
      run(async (output, options: { repair?: boolean; dryRun?: boolean }) => {
        const report = await examineUntilCancelled(output, options.repair === true, options.dryRun === true);
        const mode = options.repair !== true ? 'look' : options.dryRun === true ? 'dry run' : 'repair';
        output.result({ ...report, mode }, () => describe(report, mode));
        return report.wrong === 0 ? exitCodes.success : exitCodes.failed;
      }),
    );
};

async function examineUntilCancelled(output: Output, repair: boolean, dryRun: boolean): Promise<Report> {
  const stop = new AbortController();
  const cancel = (): void => stop.abort(new CallFailure('aborted', 'Cancelled; nothing is left half-done.'));
  const lines = createThrottle<string>(progressMilliseconds, (_key, text) => output.progress(text));
  process.once('SIGINT', cancel);
  process.umask(0o077);
  try {
    // Here, not above: the other commands start in half the time without the checks and what they import.
    const { examineHome } = await import('../companion/doctor/doctor.ts');
    return await examineHome(dataHomePath(), { repair, dryRun, progress: (text) => lines.call('progress', text), signal: stop.signal });
  } finally {
    process.off('SIGINT', cancel);
    lines.stop();
  }
}

function describe({ checks, findings, wrong }: Report, mode: 'look' | 'dry run' | 'repair'): string {
  const repairable = findings.filter(({ repair, repaired }) => repair !== undefined && !repaired).length;
  return [
    table(['check', 'of', 'looked at', 'result'], checks.map((each) => [each.name, each.label, each.looked, each.wrong === 0 ? colors.green('ok') : colors.red(`${each.wrong} wrong`)]), ''),
    ...findings.map((each) => describeFinding(each, mode)),
    '',
    [
      wrong === 0 ? 'Nothing is wrong.' : `${plural(wrong, 'thing is', 'things are')} wrong.`,
      ...(mode === 'look' && repairable > 0 ? [`"slipway doctor --repair" can repair or tidy ${repairable} of them.`] : []),
    ].join(' '),
  ].join('\n');
}

function describeFinding({ subject, message, neededBy, repair, repaired, failure, remedy, wrong }: Diagnosis, mode: 'look' | 'dry run' | 'repair'): string {
  const outcome =
    repair === undefined
      ? (remedy ?? '')
      : repaired
        ? colors.green(`Repaired: ${repair}.`)
        : failure !== undefined
          ? colors.red(`Not repaired (${repair}): ${failure}`)
          : mode === 'dry run'
            ? `Would be repaired: ${repair}.`
            : `Can be repaired: ${repair}.`;
  return ['', (wrong ? colors.red : colors.dim)(subject), `  ${message}`, ...neededBy.map((each) => `  needed by ${each}`), ...(outcome === '' ? [] : [`  ${outcome}`])].join('\n');
}
