/** Rows of which some flip, by column. */
export interface FlippedRows {
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
  readonly flipped: readonly boolean[];
}

export interface Slice {
  readonly conditions: string[];
  readonly rows: number;
  readonly flipped: number;
}

interface Split {
  readonly column: string;
  readonly condition: string;
  readonly inside: readonly number[];
  readonly gain: number;
}

const leastRows = 10;
const mostSlices = 3;
const mostValues = 20;
const deciles = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Standard errors by which a slice's share of flips has to be above that of the other rows. */
const standardErrors = 3;

/**
 * Where rows flip more often than elsewhere, the clearest first: the best split of a tree with its best split within (Breiman et al.,
 * Classification and Regression Trees, 1984, by the Gini index), and the best single splits by other columns.
 */
export function flipSlices(rows: FlippedRows): Slice[] {
  const all = rows.flipped.map((_, index) => index);
  const slices: Slice[] = [];
  const used = new Set<string>();
  while (slices.length < mostSlices) {
    const split = bestSplit(rows, all, used);
    if (split === undefined) {
      break;
    }
    used.add(split.column);
    const within = slices.length === 0 ? bestSplit(rows, split.inside, new Set([split.column])) : undefined;
    const inside = within?.inside ?? split.inside;
    slices.push({ conditions: [split.condition, ...(within === undefined ? [] : [within.condition])], rows: inside.length, flipped: flipsIn(rows, inside) });
  }
  return slices;
}

function flipsIn({ flipped }: FlippedRows, indices: readonly number[]): number {
  return indices.reduce((sum, index) => sum + (flipped[index] === true ? 1 : 0), 0);
}

/** The split of some rows by one column whose one side flips most clearly more often than the other. */
function bestSplit(rows: FlippedRows, among: readonly number[], without: ReadonlySet<string>): Split | undefined {
  const flips = flipsIn(rows, among);
  let best: Split | undefined;
  for (const [column, values] of rows.columns) {
    if (without.has(column)) {
      continue;
    }
    for (const { condition, holds } of conditionsOf(column, among.map((index) => values[index]))) {
      const inside = among.filter((index) => holds(values[index]));
      const k = flipsIn(rows, inside);
      const [n, outside] = [inside.length, among.length - inside.length];
      if (n < leastRows || outside < leastRows || !isClear(k, n, flips - k, outside)) {
        continue;
      }
      const gain = impurity(flips, among.length) - impurity(k, n) - impurity(flips - k, outside);
      if (gain > (best?.gain ?? 0)) {
        best = { column, condition, inside, gain };
      }
    }
  }
  return best;
}

/** The Gini index of some rows, times their number. */
function impurity(flips: number, rows: number): number {
  return rows === 0 ? 0 : (2 * flips * (rows - flips)) / rows;
}

function isClear(k: number, n: number, others: number, m: number): boolean {
  const pooled = (k + others) / (n + m);
  return k / n - others / m > standardErrors * Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
}

interface Condition {
  readonly condition: string;
  readonly holds: (value: unknown) => boolean;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

function conditionsOf(column: string, values: readonly unknown[]): Condition[] {
  const present = values.filter((value) => !isMissing(value));
  const missing: Condition[] = present.length === values.length ? [] : [{ condition: `${column} is missing`, holds: isMissing }];
  const numbers = present.map(Number).filter(Number.isFinite);
  return [...missing, ...(numbers.length === present.length && new Set(numbers).size > 2 ? thresholds(column, numbers) : equalities(column, present))];
}

function thresholds(column: string, numbers: readonly number[]): Condition[] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const cuts = new Set(deciles.map((q) => sorted[Math.floor(q * (sorted.length - 1))] ?? 0));
  return [...cuts].flatMap((cut) => {
    const shown = Number(cut.toPrecision(4));
    return [
      { condition: `${column} ≤ ${shown}`, holds: (value: unknown) => !isMissing(value) && Number(value) <= cut },
      { condition: `${column} > ${shown}`, holds: (value: unknown) => !isMissing(value) && Number(value) > cut },
    ];
  });
}

function equalities(column: string, present: readonly unknown[]): Condition[] {
  const counts = new Map<string, number>();
  for (const value of present) {
    counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const frequent = [...counts].sort(([, a], [, b]) => b - a).slice(0, mostValues);
  return frequent.map(([text]) => ({ condition: `${column} is ${text}`, holds: (value: unknown) => !isMissing(value) && String(value) === text }));
}
