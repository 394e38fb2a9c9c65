import colors from 'picocolors';
import { setTimeout as pause } from 'node:timers/promises';
import type { GateId, GateResult, GateRun } from '../contract/gates.ts';
import { gateIds } from '../contract/gates.ts';
import { shortDigest } from '../contract/format/digests.ts';
import { formatTime } from '../contract/format/times.ts';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { cancelOnInterrupt } from './cancelOnInterrupt.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { parseModelReference } from './deployCommands.ts';
import { exitCodes } from './exitCodes.ts';
import { table, type Output } from './output.ts';

interface GatesOptions {
  readonly last?: boolean;
  readonly waive?: string;
  readonly reason?: string;
  readonly until?: string;
}

const pollMilliseconds = 300;

export const gatesCommand: CommandGroup = (program, run) => {
  program
    .command('gates')
    .description('judge a version by the gates that its policy asks for, at a replica outside of the traffic')
    .argument('<model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS')
    .option('--last', 'only show what came of them the last time')
    .option('--waive <gate>', 'answer for a gate that has not passed; with --reason and --until')
    .option('--reason <text>', 'why')
    .option('--until <date>', 'until when, such as 2027-01-31')
    .addHelpText('after', examples('gates churn:7', 'gates churn:7 --last', 'gates churn:7 --waive fairness --reason "accepted by the board, minutes of May" --until 2027-01-31'))
    .action(
      run(async (output, reference: string, options: GatesOptions) => {
        const client = await connect();
        const { model, version } = parseModelReference(reference);
        const read = async (number: number): Promise<GateRun> => client.call('getGateRun', { model, version: number });
        const numbered = typeof version === 'number' ? version : undefined;
        if (options.waive !== undefined || options.last === true) {
          if (numbered === undefined) {
            throw new CallFailure('invalid-input', 'Name the version by its number: MODEL:VERSION.');
          }
          const found = options.waive === undefined ? await read(numbered) : await client.call('waiveGate', { model, version: numbered, gate: gateOf(options.waive), reason: options.reason ?? '', until: timeOf(options.until) });
          output.result(found, () => describeRun(found));
          return found.passed ? exitCodes.success : exitCodes.failed;
        }
        const started = await client.call('runGates', { model, version });
        const current = await follow(client, started, output);
        if (current === undefined) {
          return exitCodes.cancelled;
        }
        output.result(current, () => describeRun(current));
        return current.passed ? exitCodes.success : exitCodes.failed;
      }),
    );
};

/** Tells what a run of gates does until it ends; Ctrl-C cancels it, which gives undefined. */
async function follow(client: CompanionClient, started: GateRun, output: Output): Promise<GateRun | undefined> {
  const { model, version } = started;
  let said = '';
  let cancelled = false;
  return cancelOnInterrupt(output, {
    follow: async () => {
      for (let current = started; ; current = await client.call('getGateRun', { model, version })) {
        if (current.state !== 'running') {
          return current;
        }
        if (current.message !== said) {
          said = current.message;
          output.progress(said);
        }
        await pause(pollMilliseconds);
        if (cancelled) {
          return undefined;
        }
      }
    },
    cancel: async () => {
      ({ cancelled } = await client.call('cancelGateRun', { model, version }));
    },
    said: 'Cancelling; what the gates said the time before stays.',
  });
}

function gateOf(text: string): GateId {
  const found = gateIds.find((id) => id === text);
  if (found === undefined) {
    throw new CallFailure('invalid-input', `There is no gate ${text}.`, { remedy: `Gates: ${gateIds.join(', ')}.` });
  }
  return found;
}

function timeOf(text: string | undefined): number {
  const at = Date.parse(text ?? '');
  if (Number.isNaN(at)) {
    throw new CallFailure('invalid-input', 'A waiver ends: say when with --until, such as 2027-01-31.');
  }
  return at;
}

function stateText({ state, waiver }: GateResult): string {
  return waiver === undefined ? (state === 'passed' ? colors.green(state) : state === 'failed' ? colors.red(state) : colors.yellow(state.replace('-', ' '))) : colors.yellow(`${state.replace('-', ' ')}, waived`);
}

function describeRun(run: GateRun): string {
  const { model, version, state, message, release, results, passed, endedAt } = run;
  const head = state === 'failed' ? `${colors.red('could not be judged')}: ${message}` : passed ? colors.green('passed') : colors.red('not passed');
  return [
    `${model}:${version} ${head}${release === undefined ? '' : `, release ${shortDigest(release)}`}${endedAt === undefined ? '' : `, ${formatTime(endedAt)}`}`,
    describeResults(results),
  ].join('\n');
}

/** What came of each gate, as a table. */
export function describeResults(results: readonly GateResult[]): string {
  return table(['gate', 'state', 'what', 'by'], results.map((result) => [result.gate, stateText(result), `${result.message}${result.waiver === undefined ? '' : ` ${result.waiver.by} answers for it until ${formatTime(result.waiver.until)}: ${result.waiver.reason}`}`, result.source]), 'The policy asks for no gate.');
}
