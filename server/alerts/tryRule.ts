import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RuleId, RuleSettings, RuleTrial } from '../contract/alerts.ts';
import type { LookSources } from './looks.ts';
import { measure, noTraffic, type Measured } from './measure.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
/** Windows of the past are kept by the minute for two days, then by the hour. */
const minuteDays = 2;

type PastSources = Pick<LookSources, 'traffic' | 'verdict' | 'performance'>;

/**
 * When a rule would have fired: its windows are laid over the past one after the other, and one that is beyond the bound for as long as the rule asks fires.
 * In what is older than two days a window is at least an hour.
 */
export async function tryRule(sources: PastSources, endpoint: string, rule: RuleId, settings: RuleSettings, days: number, now = Date.now()): Promise<RuleTrial> {
  const from = now - days * day;
  if (rule === 'degraded' || rule === 'retraining') {
    return { from, to: now, judged: null, reason: rule === 'degraded' ? 'what state an endpoint was in is not kept' : 'it looks at the last retraining alone', fired: [] };
  }
  const judged =
    rule === 'performance' ? await judgePerformance(sources, endpoint, settings, from, now) : rule === 'drift' ? await judgeDrift(sources, endpoint, settings, from, now) : await judgeTraffic(sources, endpoint, rule, settings, from, now);
  return { from, to: now, judged: judged.filter(({ measured }) => measured.kind !== 'unknown').length, fired: firedOf(judged, settings) };
}

interface JudgedSpan {
  readonly from: number;
  readonly to: number;
  readonly measured: Measured;
}

async function judgeTraffic(sources: PastSources, endpoint: string, rule: RuleId, settings: RuleSettings, from: number, to: number): Promise<JudgedSpan[]> {
  const spans: JudgedSpan[] = [];
  for (let start = from - (from % (60 * minute)); start < to; ) {
    const least = start < to - minuteDays * day ? 60 : 1;
    const end = Math.min(to, start + Math.max(least, settings.windowMinutes) * minute);
    spans.push({ from: start, to: end, measured: measure(rule, settings, { traffic: sources.traffic(endpoint, start, end), state: undefined, performance: undefined, verdict: undefined }) });
    start = end;
    // A month is thousands of small reads: others have their turn in between.
    await nextTurn();
  }
  return spans;
}

async function judgePerformance(sources: PastSources, endpoint: string, settings: RuleSettings, from: number, to: number): Promise<JudgedSpan[]> {
  const windows = Math.max(1, Math.min(200, Math.floor((to - from) / (settings.windowMinutes * minute))));
  const found = await sources.performance(endpoint, from, to, windows);
  return found.windows.map(({ from: start, to: end, part }) => ({ from: start, to: end, measured: measure('performance', settings, { traffic: noTraffic, state: undefined, performance: part, verdict: undefined }) }));
}

async function judgeDrift(sources: PastSources, endpoint: string, settings: RuleSettings, from: number, to: number): Promise<JudgedSpan[]> {
  const spans: JudgedSpan[] = [];
  for (let start = from; start < to; start += settings.windowMinutes * minute) {
    const end = Math.min(to, start + settings.windowMinutes * minute);
    const traffic = sources.traffic(endpoint, start, end);
    const verdict = traffic.requests < settings.minimum ? undefined : await sources.verdict(endpoint, start, end);
    spans.push({ from: start, to: end, measured: measure('drift', settings, { traffic, state: undefined, performance: undefined, verdict }) });
  }
  return spans;
}

/** Runs of breached windows that last as long as the rule asks, without those within the cool-down of the one before. */
function firedOf(judged: readonly JudgedSpan[], { forMinutes, coolDownMinutes }: RuleSettings): RuleTrial['fired'] {
  const runs: { from: number; to: number; value: number }[] = [];
  let goesOn = false;
  for (const { from, to, measured } of judged) {
    const last = runs.at(-1);
    if (measured.kind === 'breached') {
      if (goesOn && last !== undefined) {
        last.to = to;
        last.value = measured.value;
      } else {
        runs.push({ from, to, value: measured.value });
      }
    }
    goesOn = measured.kind === 'breached';
  }
  const fired: { from: number; to: number; value: number }[] = [];
  for (const run of runs.filter(({ from, to }) => to - from >= forMinutes * minute)) {
    if (run.from - (fired.at(-1)?.to ?? -Infinity) >= coolDownMinutes * minute) {
      fired.push(run);
    }
  }
  return fired;
}
