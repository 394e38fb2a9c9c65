import type { Direction } from '../../server/contract/metricDirection.ts';
import type { Run } from '../../server/contract/tracking.ts';

/** One thing that compared runs have: a column of the table, a line of a card, a column of an export. */
export interface Field {
  readonly id: string;
  readonly label: string;
  /** Header above neighbouring fields, such as `Params` or `Metrics · val`. */
  readonly group: string;
  readonly kind: 'run' | 'param' | 'metric';
  /** Name of the param or metric. */
  readonly key: string;
  /** What it is called where no group stands above it. */
  readonly name: string;
  /** Read from the run that a cell of the captured run logged. */
  readonly linked: boolean;
  readonly numeric: boolean;
  /** The runs that have a value have different ones. */
  readonly differs: boolean;
  readonly text: (run: Run) => string;
  /** The exact value, for exports. */
  readonly raw: (run: Run) => string;
  /** What to sort by: the number, or the place among all texts; undefined sorts last either way. */
  readonly order: (run: Run) => number | undefined;
  /** Runs with the best value, where the metric's name tells which that is. */
  readonly best: ReadonlySet<string>;
  readonly direction: Direction | undefined;
  /** The value that the others are seen against: that of at least half of the runs. */
  readonly usual: string | undefined;
  /** Few enough runs to mark every value where none is usual. */
  readonly few: boolean;
  /** The number to draw; undefined where there is none that is finite. */
  readonly number: (run: Run) => number | undefined;
  /** Where a metric's value lies between the worst (0) and the best (1), or the lowest and the highest of a metric without direction. */
  readonly share: (run: Run) => number | undefined;
  /** Whether it tells these runs apart: their values differ, enough of them have the metric, and a param is more than a description of others. */
  readonly tells: (among: readonly Run[]) => boolean;
}

/** The column that names a run: always shown, always first. */
export const nameColumn = 'run';
