/** Values of one measurement, by the key of the row that they belong to. */
export type Sample = Readonly<Record<string, number>>;

/** What a median is held against. */
export type Goal =
  | { readonly kind: 'at-most'; readonly value: number }
  | { readonly kind: 'at-least'; readonly value: number }
  /** Ours over the peer's. */
  | { readonly kind: 'ratio-at-most'; readonly value: number }
  | { readonly kind: 'ratio-at-least'; readonly value: number };

/** One line of the result. */
export interface RowDeclaration {
  readonly key: string;
  /** What is done, in a few words. */
  readonly work: string;
  readonly unit: string;
  readonly goal?: Goal;
}

/** Work that ours and a peer do in turn; each measurement gives the values of one or more rows. */
export interface Trial {
  readonly rows: readonly RowDeclaration[];
  readonly ours: () => Promise<Sample>;
  readonly peer?: { readonly name: string; readonly measure: () => Promise<Sample> };
  /** How often it is measured, where once a round would take too long. */
  readonly rounds?: number;
}

export interface Preparation {
  readonly trials: readonly Trial[];
  /** Ends what was started and removes what was written. */
  readonly close: () => Promise<void>;
}

/** One benchmark: `npm run bench -- NAME`. */
export interface Bench {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** How often everything is measured. */
  readonly rounds: number;
  /** Starts what the measurements need; the time it takes is not measured. */
  readonly prepare: (options: BenchOptions) => Promise<Preparation>;
}

export interface BenchOptions {
  /** Measure what takes many minutes as well. */
  readonly full: boolean;
}

/** A row of the result. `peer`, `ratio` (ours over the peer's, which is not 0) and `goal` are null where there is none. */
export interface Row {
  readonly work: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly peer_name: string | null;
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly goal_met: boolean | null;
}

/**
 * Measures everything in turn: ours and the peer alternate, and so does who begins, so that a machine that gets slower meets both.
 * @param progress called before each measurement
 * @returns the medians
 */
export async function measure(bench: Bench, rounds: number, progress: (line: string) => void, options: BenchOptions = { full: false }): Promise<Row[]> {
  const { trials, close } = await bench.prepare(options);
  try {
    const results = trials.map((trial) => ({ trial, ours: [] as Sample[], peer: [] as Sample[] }));
    for (let round = 0; round < rounds; round += 1) {
      for (const { trial, ours, peer } of results) {
        if (round >= (trial.rounds ?? rounds)) {
          continue;
        }
        progress(`round ${round + 1} of ${rounds}: ${describeTrial(trial)}`);
        const sides = [
          async () => ours.push(await trial.ours()),
          async () => {
            if (trial.peer !== undefined) {
              peer.push(await trial.peer.measure());
            }
          },
        ];
        for (const side of round % 2 === 0 ? sides : sides.reverse()) {
          await side();
        }
      }
    }
    return results.flatMap(({ trial, ours, peer }) => trial.rows.map((row) => summarize(row, ours, peer, trial.peer?.name)));
  } finally {
    await close();
  }
}

function describeTrial({ rows, peer }: Trial): string {
  const [first, ...more] = rows.map(({ work }) => work);
  return `${first ?? ''}${more.length === 0 ? '' : ` and ${more.length} more`}${peer === undefined ? '' : `, beside ${peer.name}`}`;
}

/** One row from the samples of both sides. */
export function summarize(row: RowDeclaration, oursSamples: readonly Sample[], peerSamples: readonly Sample[], peerName: string | undefined): Row {
  const ours = medianOf(row.key, oursSamples);
  if (ours === undefined) {
    throw new Error(`"${row.work}" was not measured: no sample has the key ${row.key}.`);
  }
  const peer = medianOf(row.key, peerSamples);
  const ratio = peer === undefined || peer === 0 ? undefined : ours / peer;
  return {
    work: row.work,
    unit: row.unit,
    ours: rounded(ours),
    peer: peer === undefined ? null : rounded(peer),
    peer_name: peer === undefined ? null : (peerName ?? null),
    ratio: ratio === undefined ? null : rounded(ratio),
    goal: row.goal === undefined ? null : describeGoal(row.goal, row.unit),
    goal_met: row.goal === undefined ? null : isMet(row.goal, ours, ratio),
  };
}

function medianOf(key: string, samples: readonly Sample[]): number | undefined {
  const values = samples.map((sample) => sample[key]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

/** The middle value; the mean of the middle two where their number is even. NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function isMet(goal: Goal, ours: number, ratio: number | undefined): boolean {
  switch (goal.kind) {
    case 'at-most':
      return ours <= goal.value;
    case 'at-least':
      return ours >= goal.value;
    case 'ratio-at-most':
      return ratio !== undefined && ratio <= goal.value;
    case 'ratio-at-least':
      return ratio !== undefined && ratio >= goal.value;
  }
}

function describeGoal({ kind, value }: Goal, unit: string): string {
  switch (kind) {
    case 'at-most':
      return `<= ${value} ${unit}`;
    case 'at-least':
      return `>= ${value} ${unit}`;
    case 'ratio-at-most':
      return `<= ${value} x peer`;
    case 'ratio-at-least':
      return `>= ${value} x peer`;
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
