import { Command, CommanderError } from 'commander';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { messageOf, Problem, systemErrorCode } from '../platform/errors.ts';
import { apiCommand } from './apiCommand.ts';
import { backupCommands } from './backupCommands.ts';
import { batchCommands } from './batchCommands.ts';
import { loadCheckCommand } from './loadCheckCommand.ts';
import { createActionRunner } from './command.ts';
import { companionCommands } from './companionCommands.ts';
import { completionCommand } from './completion.ts';
import { slipwayVersion } from './connection.ts';
import { deployCommands } from './deployCommands.ts';
import { doctorCommand } from './doctorCommand.ts';
import { endpointCommands } from './endpointCommands.ts';
import { exitCodeOf, exitCodes } from './exitCodes.ts';
import { harmless, harmlessJson } from './harmless.ts';
import { gatesCommand } from './gatesCommand.ts';
import { governanceCommands } from './governanceCommands.ts';
import { historyCommands } from './historyCommands.ts';
import { forgetCommand } from './forgetCommand.ts';
import { fleetCommand } from './fleetCommand.ts';
import { imageCommands } from './imageCommands.ts';
import { alertCommands } from './alertCommands.ts';
import { readinessCommand } from './readinessCommand.ts';
import { baselineCommand } from './baselineCommand.ts';
import { cardCommand } from './cardCommand.ts';
import { channelCommands } from './channelCommands.ts';
import { labelCommands } from './labelCommands.ts';
import { monitoringCommands } from './monitoringCommands.ts';
import { policyCommand } from './policyCommand.ts';
import { lineageCommands } from './lineageCommands.ts';
import { prometheusCommands } from './prometheusCommands.ts';
import { promotionCommands } from './promotionCommands.ts';
import { pruneCommand } from './pruneCommand.ts';
import { registryCommands } from './registryCommands.ts';
import { rehearseCommand } from './rehearseCommand.ts';
import { retrainCommands } from './retrainCommands.ts';
import { runCommand, withScriptArguments } from './runCommand.ts';
import { scheduleCommands } from './scheduleCommands.ts';
import { secretCommands } from './secretCommands.ts';
import { serviceCommands } from './serviceCommands.ts';
import { steerCommands } from './steerCommands.ts';
import { tokenCommands } from './tokenCommands.ts';
import { trackingCommands } from './trackingCommands.ts';
import { trackingServerCommands } from './trackingServerCommands.ts';
import { viewCommands } from './viewCommands.ts';
import { transferCommands } from './transferCommands.ts';

const groups = [
  companionCommands,
  serviceCommands,
  tokenCommands,
  runCommand,
  trackingCommands,
  viewCommands,
  trackingServerCommands,
  registryCommands,
  historyCommands,
  deployCommands,
  steerCommands,
  rehearseCommand,
  endpointCommands,
  batchCommands,
  scheduleCommands,
  fleetCommand,
  imageCommands,
  loadCheckCommand,
  monitoringCommands,
  labelCommands,
  forgetCommand,
  alertCommands,
  channelCommands,
  prometheusCommands,
  secretCommands,
  pruneCommand,
  backupCommands,
  doctorCommand,
  governanceCommands,
  policyCommand,
  lineageCommands,
  baselineCommand,
  cardCommand,
  readinessCommand,
  gatesCommand,
  promotionCommands,
  retrainCommands,
  transferCommands,
  apiCommand,
  completionCommand,
];

const afterHelp = `
Examples:
  $ slipway run churn.ipynb -p C=0.5        execute a notebook and capture the run
  $ slipway compare RUN RUN                 what differs between two runs
  $ slipway register churn --run RUN        the model that a run logged becomes a version
  $ slipway deploy churn:2 --canary 10,50   move the endpoint "churn" to version 2 step by step
  $ slipway monitor churn --watch           latency, errors and inputs, live
  $ slipway fleet                           all endpoints, those that need you first
  $ slipway rollback churn                  back to the release before

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 not available, 130 cancelled.
Data home: SLIPWAY_HOME (default ~/.slipway).`;

/** @param json whether failures are to be told as JSON, on standard output */
function createProgram(finished: (code: number) => void, json: boolean): Command {
  const program = new Command('slipway')
    .description('From a notebook to a monitored endpoint, and back.')
    .version(slipwayVersion())
    .option('--json', 'print one JSON object for programs')
    .addHelpText('after', afterHelp)
    .showHelpAfterError('(see "slipway help")')
    .configureOutput({ writeErr: (text) => (json ? undefined : process.stderr.write(harmless(text))) })
    .exitOverride();
  const run = createActionRunner(program, finished);
  for (const group of groups) {
    group(program, run);
  }
  for (const command of program.commands) {
    command.showHelpAfterError(`(see "slipway ${command.name()} --help")`);
  }
  return program;
}

/**
 * Runs the command line.
 * @param argv as `process.argv`
 * @returns the exit code
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  // The reader of a pipe may have seen enough, as in `slipway runs | head`.
  process.stdout.on('error', (error) => {
    process.exit(systemErrorCode(error) === 'EPIPE' ? exitCodes.success : exitCodes.failed);
  });
  let code: number = exitCodes.success;
  const given = withScriptArguments(argv.slice(2));
  const own = given.slice(0, given.includes('--') ? given.indexOf('--') : given.length);
  const json = own.includes('--json');
  const program = createProgram((finished) => {
    code = finished;
  }, json);
  // `--json` may stand anywhere on the line.
  const words = [...argv.slice(0, 2), ...(json ? ['--json'] : []), ...own.filter((word) => word !== '--json'), ...given.slice(own.length)];
  try {
    await program.parseAsync([...words]);
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      const failure = toFailure(error);
      report(failure, json);
      return exitCodeOf(failure);
    }
    if (error.exitCode === 0) {
      return exitCodes.success;
    }
    if (json) {
      report(new CallFailure('invalid-input', error.message.replace(/^error: /, ''), { remedy: 'See "slipway help".' }), json);
    }
    return exitCodes.usage;
  }
}

function toFailure(error: unknown): CallFailure {
  if (CallFailure.is(error)) {
    return error;
  }
  return Problem.is(error) ? new CallFailure(error.reason, error.message, { field: error.field, remedy: error.remedy, cause: error }) : new CallFailure('internal', messageOf(error));
}

function report({ reason, message, field, remedy }: CallFailure, json: boolean): void {
  if (json) {
    process.stdout.write(`${harmlessJson({ error: { reason, message, field, remedy } })}\n`);
    return;
  }
  process.stderr.write(`${colors.red('error')} ${harmless(message)}\n`);
  if (remedy !== undefined) {
    process.stderr.write(`${colors.dim(harmless(remedy))}\n`);
  }
}
