import { add, describeCounts, noTests, type Counts } from './counts.ts';
import type { Missing } from './prepare.ts';
import { measureBusy } from './processors.ts';

/** A part of a suite that has run. */
export interface Outcome {
  readonly name: string;
  readonly counts: Counts;
  readonly remarks: readonly string[];
  /** What is left to show of its output. */
  readonly output: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly ended: number;
  /** User and system time of all its processes, where it can be counted. */
  readonly processorSeconds: number | undefined;
}

/** Tells how each part ended and, at the end, how each suite did. */
export interface Summary {
  part(suite: string, outcome: Outcome): void;
  /** A suite that cannot run, once or more often. */
  missing(suite: string, missing: Missing): void;
  /** @returns exit status */
  close(): number;
}

interface SuiteOutcome {
  counts: Counts;
  started: number;
  ended: number;
  processorSeconds: number;
  missing?: Missing;
  readonly failures: string[];
}

/** With CI=true nothing may be skipped. */
const strict = process.env['CI'] === 'true';

/** @param names of the suites that run, in the order of the summary */
export function openSummary(names: readonly string[]): Summary {
  const started = Date.now();
  const busy = measureBusy();
  const none = (): SuiteOutcome => ({ counts: noTests, started: Infinity, ended: 0, processorSeconds: 0, failures: [] });
  const suites = new Map<string, SuiteOutcome>(names.map((name) => [name, none()]));
  const of = (name: string): SuiteOutcome => suites.get(name) ?? none();
  return {
    part: (name, outcome) => {
      const suite = of(name);
      suite.counts = add(suite.counts, outcome.counts);
      suite.started = Math.min(suite.started, outcome.started);
      suite.ended = Math.max(suite.ended, outcome.ended);
      suite.processorSeconds += outcome.processorSeconds ?? 0;
      if (outcome.counts.failed > 0) {
        suite.failures.push(outcome.name);
      }
      console.log(describePart(name, outcome));
    },
    missing: (name, missing) => {
      const suite = of(name);
      if (suite.missing === undefined) {
        suite.missing = missing;
        const failed = strict || missing.broken;
        suite.counts = add(suite.counts, { ...noTests, ...(failed ? { failed: 1 } : { skipped: 1 }) });
        console.log(`\n${failed ? '✖' : '﹣'} ${name} does not run, ${missing.name}: ${missing.message}`);
      }
    },
    close: () => {
      console.log('\n== summary');
      for (const [name, suite] of suites) {
        console.log(describeSuite(name, suite));
      }
      for (const [name, { failures }] of suites) {
        failures.forEach((file) => {
          console.log(`✖ ${name}: ${file}`);
        });
      }
      const total = [...suites.values()].map(({ counts }) => counts).reduce(add, noTests);
      if (strict && total.skipped > 0) {
        console.log('With CI=true nothing may be skipped.');
      }
      console.log(`${((Date.now() - started) / 60_000).toFixed(1)} min in all, processors busy ${(busy() * 100).toFixed(0)} %\n\n${describeCounts(total)}`);
      return total.failed > 0 || (strict && total.skipped > 0) ? 1 : 0;
    },
  };
}

function describePart(suite: string, { name, counts, remarks, output, started, ended, processorSeconds }: Outcome): string {
  const sign = counts.failed > 0 ? '✖' : '✔';
  const processors = processorSeconds === undefined ? '' : ` (${processorSeconds.toFixed(1)} s of processors)`;
  const head = `\n${sign} ${suite}: ${name}, ${((ended - started) / 1000).toFixed(1)} s${processors}, ${describeCounts(counts)}`;
  const lines = output.trimEnd() === '' ? [] : output.trimEnd().split('\n');
  return [head, ...lines.map((line) => `  ${line}`), ...remarks.map((remark) => `  ${name} ${remark}`)].join('\n');
}

function describeSuite(name: string, { counts, started, ended, processorSeconds, missing }: SuiteOutcome): string {
  if (missing !== undefined) {
    return `${name.padEnd(8)} not run, ${missing.name}: ${missing.message.split('\n')[0] ?? ''}`;
  }
  const { passed, failed, skipped } = counts;
  return `${name.padEnd(8)} ${(Math.max(0, ended - started) / 1000).toFixed(1).padStart(7)} s ${processorSeconds.toFixed(1).padStart(7)} s of processors  ${passed} passed, ${failed} failed, ${skipped} skipped`;
}
