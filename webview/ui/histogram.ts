import type { ColumnSummary } from '../../server/contract/columnSummary.ts';

type Numeric = Extract<ColumnSummary, { kind: 'numeric' }>;
type Categorical = Extract<ColumnSummary, { kind: 'categorical' }>;
type Bins = NonNullable<Numeric['histogram']>;

/** One bar of a distribution on the unit square: position and width along x, heights relative to the tallest. */
export interface Bar {
  readonly label: string;
  readonly x: number;
  readonly width: number;
  /** Relative height of the live and the baseline share; absent where that side has no values. */
  readonly live: number | undefined;
  readonly baseline: number | undefined;
  readonly liveShare: number;
  readonly baselineShare: number;
  /** It stands for all values beyond the bins on its side. */
  readonly outside: boolean;
}

export interface Distribution {
  readonly bars: readonly Bar[];
  /** What the two ends of the x axis stand for; absent for categories. */
  readonly ends: readonly [string, string] | undefined;
}

/** Bars of the live values beside the baseline, or undefined where neither side has a distribution. */
export function distributionOf(baseline: ColumnSummary | null, live: ColumnSummary | null, format: (value: number) => string): Distribution | undefined {
  if (baseline?.kind === 'categorical' || live?.kind === 'categorical') {
    return categories(baseline?.kind === 'categorical' ? baseline : undefined, live?.kind === 'categorical' ? live : undefined);
  }
  return bins(histogramOf(baseline), histogramOf(live), extremesOf([live, baseline]), format);
}

function histogramOf(summary: ColumnSummary | null): Bins | undefined {
  return summary?.kind === 'numeric' ? (summary.histogram ?? undefined) : undefined;
}

/** The least and the greatest value of all. */
function extremesOf(summaries: readonly (ColumnSummary | null)[]): Extremes {
  const numeric = summaries.flatMap((summary) => (summary?.kind === 'numeric' ? [summary] : []));
  return { min: Math.min(...numeric.map(({ min }) => min ?? Infinity)), max: Math.max(...numeric.map(({ max }) => max ?? -Infinity)) };
}

interface Extremes {
  readonly min: number;
  readonly max: number;
}

/** A bar for values beyond the bins is at least so wide, as a part of the range of the bins. */
const leastOutside = 0.06;

/** Numeric: densities, so that bins of unequal width and sides with different edges compare fairly. */
function bins(baseline: Bins | undefined, live: Bins | undefined, extremes: Extremes, format: (value: number) => string): Distribution | undefined {
  const leading = live ?? baseline;
  const first = leading?.edges[0];
  const last = leading?.edges.at(-1);
  if (leading === undefined || first === undefined || last === undefined || leading.edges.length < 2) {
    return undefined;
  }
  const range = last - first || 1;
  const [liveShares, baselineShares] = [live === undefined ? undefined : shares(live), baseline === undefined ? undefined : rebin(baseline, leading.edges)];
  const inside = leading.counts.map((_, index): RawBar => {
    const from = leading.edges[index] ?? first;
    const to = leading.edges[index + 1] ?? last;
    const width = Math.max((to - from) / range, Number.EPSILON);
    return { label: `${format(from)} to ${format(to)}`, width, liveShare: liveShares?.[index] ?? 0, baselineShare: baselineShares?.[index] ?? 0, outside: false };
  });
  const width = Math.max(leastOutside, 1 / leading.counts.length);
  const [below, above] = [outsideShares('below', live, baseline), outsideShares('above', live, baseline)];
  const raw: readonly RawBar[] = [
    ...(below === undefined ? [] : [{ label: `below ${format(first)}, down to ${format(extremes.min)}`, width, ...below, outside: true }]),
    ...inside,
    ...(above === undefined ? [] : [{ label: `above ${format(last)}, up to ${format(extremes.max)}`, width, ...above, outside: true }]),
  ];
  const whole = sum(raw.map((bar) => bar.width));
  const tallest = Math.max(...raw.map((bar) => Math.max(bar.liveShare, bar.baselineShare) / bar.width), Number.EPSILON);
  let x = 0;
  return {
    bars: raw.map((bar) => {
      const left = x;
      x += bar.width / whole;
      return {
        ...bar,
        x: left,
        width: bar.width / whole,
        live: live === undefined ? undefined : bar.liveShare / bar.width / tallest,
        baseline: baseline === undefined ? undefined : bar.baselineShare / bar.width / tallest,
      };
    }),
    ends: [format(below === undefined ? first : extremes.min), format(above === undefined ? last : extremes.max)],
  };
}

type RawBar = Omit<Bar, 'x' | 'live' | 'baseline'>;

/** The shares that lie beyond the bins of the live values; undefined where none of those do. */
function outsideShares(side: 'below' | 'above', live: Bins | undefined, baseline: Bins | undefined): Pick<Bar, 'liveShare' | 'baselineShare'> | undefined {
  const share = (histogram: Bins | undefined): number => (histogram === undefined || histogram[side] === 0 ? 0 : histogram[side] / totalOf(histogram));
  return share(live) === 0 ? undefined : { liveShare: share(live), baselineShare: share(baseline) };
}

function totalOf({ counts, below, above }: Bins): number {
  return sum(counts) + below + above;
}

function shares(histogram: Bins): number[] {
  const total = totalOf(histogram);
  return histogram.counts.map((count) => (total === 0 ? 0 : count / total));
}

/** Spreads each bin evenly over the wanted edges; the identity when the edges are the same. */
function rebin(histogram: Bins, edges: readonly number[]): number[] {
  const from = shares(histogram);
  return edges.slice(0, -1).map((low, index) => {
    const high = edges[index + 1] ?? low;
    return sum(
      from.map((share, bin) => {
        const binLow = histogram.edges[bin] ?? 0;
        const binHigh = histogram.edges[bin + 1] ?? binLow;
        const overlap = Math.min(high, binHigh) - Math.max(low, binLow);
        return binHigh > binLow ? share * (Math.max(0, overlap) / (binHigh - binLow)) : 0;
      }),
    );
  });
}

const mostBars = 12;

/** Categorical: one bar a value, the baseline's order first, then what is new in live traffic. */
function categories(baseline: Categorical | undefined, live: Categorical | undefined): Distribution | undefined {
  const baselineTotal = countOf(baseline);
  const liveTotal = countOf(live);
  const values = [...new Set([...(baseline?.top ?? []), ...(live?.top ?? [])].map(({ value }) => value))].slice(0, mostBars);
  const share = (side: Categorical | undefined, total: number, value: string): number =>
    total === 0 ? 0 : (side?.top.find((entry) => entry.value === value)?.count ?? 0) / total;
  const raw = values.map((value) => ({ label: value, liveShare: share(live, liveTotal, value), baselineShare: share(baseline, baselineTotal, value) }));
  const shown = { live: sum(raw.map((bar) => bar.liveShare)), baseline: sum(raw.map((bar) => bar.baselineShare)) };
  const restLive = liveTotal === 0 ? 0 : Math.max(0, 1 - shown.live);
  const restBaseline = baselineTotal === 0 ? 0 : Math.max(0, 1 - shown.baseline);
  if (restLive > 1e-9 || restBaseline > 1e-9) {
    raw.push({ label: 'other', liveShare: restLive, baselineShare: restBaseline });
  }
  if (raw.length === 0) {
    return undefined;
  }
  const tallest = Math.max(...raw.map((bar) => Math.max(bar.liveShare, bar.baselineShare)), Number.EPSILON);
  return {
    bars: raw.map((bar, index) => ({
      ...bar,
      x: index / raw.length,
      width: 1 / raw.length,
      outside: false,
      live: liveTotal === 0 ? undefined : bar.liveShare / tallest,
      baseline: baselineTotal === 0 ? undefined : bar.baselineShare / tallest,
    })),
    ends: undefined,
  };
}

function countOf(side: Categorical | undefined): number {
  return side === undefined ? 0 : sum(side.top.map(({ count }) => count)) + side.other;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
