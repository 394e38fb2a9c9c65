import { parseArgs } from 'node:util';
import { table } from '../../server/cli/output.ts';
import { SetupError, say } from '../setup/step.mjs';
import { activation } from './activation.ts';
import { alarms } from './alarms.ts';
import { capture } from './capture.ts';
import { drift } from './drift.ts';
import { endpointsBench } from './endpoints.ts';
import { gatewayBench } from './gateway.ts';
import { measure, type Bench, type Row } from './benchmark.ts';
import { describeMachine } from './machine.ts';
import { preparedPython } from './parts/python.ts';
import { monitoring } from './monitoring.ts';
import { rollback } from './rollback.ts';
import { score } from './score.ts';
import { serving } from './serving.ts';
import { tracking } from './tracking.ts';
import { ui } from './ui.ts';

const benches: readonly Bench[] = [activation, alarms, capture, drift, endpointsBench, gatewayBench, monitoring, rollback, score, serving, tracking, ui];

const usage = 2;

function list(): string {
  const width = Math.max(...benches.map(({ name }) => name.length));
  return [
    'Benchmarks, for "npm run bench -- NAME [--json] [--rounds COUNT] [--full]":',
    ...benches.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ].join('\n');
}

function describeRows(rows: readonly Row[]): string {
  const shown = rows.map(({ work, unit, ours, peer, peer_name: peerName, ratio, goal, goal_met: met }) => [
    work,
    `${ours} ${unit}`,
    peer === null ? '-' : `${peer} ${unit}`,
    peerName ?? '-',
    ratio === null ? '-' : `${ratio}`,
    goal ?? '-',
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  return table(['work', '>ours', '>peer', 'peer', '>ours / peer', 'goal', ''], shown, 'Nothing was measured.');
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, rounds: { type: 'string' }, full: { type: 'boolean', default: false } },
  });
  const [name] = positionals;
  if (name === undefined) {
    console.log(list());
    return 0;
  }
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined || positionals.length > 1) {
    say(`${bench === undefined ? `There is no benchmark "${name}".` : 'Name one benchmark at a time.'}\n${list()}`);
    return usage;
  }
  const rounds = values.rounds === undefined ? bench.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    say('--rounds: must be a whole number from 1 on.');
    return usage;
  }
  const rows = await measure(bench, rounds, say, { full: values.full });
  // With --json standard output belongs to programs.
  const show = values.json ? say : (text: string) => console.log(text);
  show(`\n${bench.name}: medians over ${rounds} rounds\n${describeRows(rows)}`);
  if (values.json) {
    console.log(JSON.stringify({ bench: bench.name, machine: describeMachine(preparedPython()), rows }));
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usageError = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  say(error instanceof SetupError || usageError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = usageError ? usage : 1;
}
