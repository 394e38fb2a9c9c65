import { formatDuration } from '../../../contract/format/durations.ts';
import type { LatencySketch } from '../../../gateway/latencySketch.ts';
import { failed, notEvaluated, passed, type Check } from './check.ts';

const quantiles = [0.5, 0.95, 0.99] as const;

/** Standard errors of a rank between which the quantile of all requests is taken to lie. */
const bandWidth = 3;

/** A release that is slower by less than so many microseconds is not slower for anybody. */
const leastDifference = 10_000;

/** p50, p95 and p99 of the new release's share alone, against those of the live release over the same time. */
export const latency: Check = {
  id: 'latency',
  label: 'Latency',
  judge({ limits: { maximumLatencyRatio }, fresh, live }) {
    if (maximumLatencyRatio === null) {
      return notEvaluated('Not asked for');
    }
    const compared = quantiles.map((q) => ({ q, fresh: bandOf(fresh.latency, q), live: bandOf(live.latency, q) }));
    const known = compared.filter((each) => each.fresh !== undefined && each.live !== undefined);
    if (known.length === 0) {
      return notEvaluated('Too few requests to compare the latency with the live release');
    }
    for (const each of known) {
      const [low, high] = [each.fresh?.low ?? 0, each.live?.high ?? 0];
      if (low > maximumLatencyRatio * high && low - high > leastDifference) {
        const [now, before] = [each.fresh?.value ?? 0, each.live?.value ?? 0];
        return failed(
          `The new release's ${nameOf(each.q)} latency is ${(now / Math.max(before, 1)).toFixed(1)} times the live release's (${milliseconds(now)} beside ${milliseconds(before)}; at most ${maximumLatencyRatio} times is allowed)`,
        );
      }
    }
    return passed(known.map(({ q, fresh: now, live: before }) => `${nameOf(q)} ${milliseconds(now?.value ?? 0)} beside ${milliseconds(before?.value ?? 0)}`).join(', '));
  },
};

function nameOf(q: number): string {
  return `p${Math.round(q * 100)}`;
}

function milliseconds(microseconds: number): string {
  return formatDuration(microseconds / 1000);
}

/**
 * A quantile with the values between which that of all requests lies, free of a distribution: the ranks n q -+ z sqrt(n q (1 - q))
 * (Conover, Practical Nonparametric Statistics, 3.2). Undefined where a rank lies outside of the sample: it is too small for the quantile.
 */
function bandOf(sketch: LatencySketch, q: number): { readonly low: number; readonly value: number; readonly high: number } | undefined {
  const { count } = sketch;
  const half = (bandWidth * Math.sqrt(count * q * (1 - q))) / Math.max(count, 1);
  const [low, value, high] = q - half <= 0 || q + half >= 1 ? [] : [sketch.quantile(q - half), sketch.quantile(q), sketch.quantile(q + half)];
  return low === undefined || value === undefined || high === undefined ? undefined : { low, value, high };
}
