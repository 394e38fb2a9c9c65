import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { noTests } from './counts.ts';
import { readDurations, type Durations } from './durations.ts';
import { endLeftovers } from './leftovers.ts';
import type { Part } from './parts.ts';
import { runPool, type Room } from './pool.ts';
import { preparations } from './preparations.ts';
import { countProcessorTime } from './processorTime.ts';
import { whenIdle } from './processors.ts';
import { createPreparations, type Made, type Preparations, type Ready } from './prepare.ts';
import { runWatched } from './silence.ts';
import { cache } from './step.mjs';
import { choose, refuseStrays, type Chosen } from './suites.ts';
import { openSummary, type Summary } from './summary.ts';

/** A part that has given no sign of life for this long hangs. A loaded machine makes it slow, not silent. */
const silenceMilliseconds = 10 * 60_000;

/** More programs than processors, as most files wait for something half of their time; and more of them while processors are idle. */
const room: Room = { places: availableParallelism() * 1.5, limit: availableParallelism() * 2.5, whenIdle };

interface Scheduled extends Chosen {
  readonly weight: number;
  readonly seconds: number;
  readonly ready: Promise<Ready>;
}

/**
 * Runs suites, files or checks, with what they need prepared beside those that need nothing.
 * @param words names of suites, paths of test files and options of the test runner; none means all
 * @returns exit status
 */
export async function runSuites(words: readonly string[]): Promise<number> {
  refuseStrays();
  const chosen = choose(words);
  const prepared = createPreparations(preparations);
  const summary = openSummary([...new Set(chosen.map(({ suite }) => suite.name))]);
  const durations = readDurations();
  const stopped = new AbortController();
  // Each program that runs listens, and a large machine runs many.
  setMaxListeners(0, stopped.signal);
  const stop = (): void => {
    stopped.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const scheduled = schedule(chosen, prepared, durations);
  const run: Run = { summary, durations, signal: stopped.signal, live: scheduled.length === 1, whole: words.every((word) => !word.startsWith('-')) };
  try {
    await runPool(scheduled, room, (item) => runScheduled(item, run));
  } finally {
    await prepared.stop();
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  }
  return stopped.signal.aborted ? 130 : summary.close();
}

interface Run {
  readonly summary: Summary;
  readonly durations: Durations;
  readonly signal: AbortSignal;
  /** Output is shown as it comes, not when a part has ended. */
  readonly live: boolean;
  /** False when options leave out tests: what is measured then is no measure. */
  readonly whole: boolean;
}

function schedule(chosen: readonly Chosen[], prepared: Preparations, durations: Durations): Scheduled[] {
  return chosen.map((each) => ({
    ...each,
    weight: each.suite.weight,
    seconds: durations.of(each.part.name),
    ready: prepared.ready(each.suite.needs),
  }));
}

async function runScheduled({ suite, part, ready }: Scheduled, run: Run): Promise<void> {
  if (run.signal.aborted) {
    return;
  }
  const what = await ready;
  if ('missing' in what) {
    run.summary.missing(suite.name, what.missing);
    return;
  }
  const started = Date.now();
  try {
    await runPart(suite.name, part, what.made, run);
  } catch (error) {
    const remark = `could not be run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    run.summary.part(suite.name, { name: part.name, counts: { ...noTests, failed: 1 }, remarks: [remark], output: '', started, ended: Date.now(), processorSeconds: undefined });
  }
}

async function runPart(suite: string, part: Part, made: Made, run: Run): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-'));
  try {
    const environment = testEnvironment(made, folder);
    const program = part.start(environment);
    const [command = program.command, ...args] = [...(made.launcher ?? []), program.command, ...program.args];
    if (part.resultFile !== undefined) {
      rmSync(part.resultFile, { force: true });
    }
    const started = Date.now();
    const processorTime = countProcessorTime(folder);
    let processorSeconds: number | undefined;
    const ended = await runWatched(command, args, {
      environment: { ...environment, ...program.environment },
      silenceMilliseconds: part.silenceMilliseconds ?? silenceMilliseconds,
      signal: run.signal,
      ...(part.resultFile === undefined ? {} : { progressFile: part.resultFile }),
      ...(run.live ? { show: (text: string) => process.stdout.write(text) } : {}),
    }).finally(() => {
      processorSeconds = processorTime.end();
    });
    const left = endLeftovers(folder);
    if (run.signal.aborted) {
      return;
    }
    const counted = part.count(ended);
    if (run.whole && counted.counts.failed === 0) {
      run.durations.keep(part.name, ended.seconds);
    }
    const remarks = [counted.remark ?? [], left.map((command) => `left running, ended: ${command}`)].flat();
    run.summary.part(suite, { name: part.name, counts: counted.counts, remarks, output: run.live ? '' : ended.output, started, ended: Date.now(), processorSeconds });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function testEnvironment(made: Made, folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...made.environment,
    TMPDIR: folder,
    // Tests name their own data homes; this keeps one that forgets to away from the user's.
    SLIPWAY_HOME: path.join(folder, 'home'),
    // Hundreds of processes start from the same sources.
    NODE_COMPILE_CACHE: path.join(cache, 'compiled'),
  };
}
