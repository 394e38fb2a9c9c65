import type { ComponentChildren } from 'preact';
import type { Underlay } from './underlay.ts';

/** From and to, on the x axis. */
export type ChartRange = readonly [number, number];

export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  /** Any CSS colour. */
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly values: readonly (number | null)[];
  readonly under?: Underlay;
}

/** One legend for several charts, which its owner draws; each chart then shows its values beside the pointer. */
export interface SharedLegend {
  readonly hidden: ReadonlySet<string>;
  /** The others are dimmed. */
  readonly highlighted: string | undefined;
  /** Told which line is under the pointer. */
  readonly onHighlight: (id: string | undefined) => void;
}

export interface ChartProps {
  readonly title: string;
  /** Ascending; epoch milliseconds when `time` is set. */
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly series: readonly ChartSeries[];
  readonly kind: 'lines' | 'stacked-bars';
  readonly time?: boolean;
  readonly log?: boolean;
  /** Every x is above 0. */
  readonly logX?: boolean;
  /** The series have their values at different x: lines join over what they lack, and the nearest value is under the pointer. */
  readonly sparse?: boolean;
  /** The y axis begins at 0. */
  readonly fromZero?: boolean;
  /** Charts with the same key show the same x under the pointer. */
  readonly sync?: string;
  /** Span of the x axis where it is wider than the data. */
  readonly range?: ChartRange;
  readonly format: (value: number) => string;
  readonly formatX: (value: number) => string;
  /** Ticks of the x axis; where absent, numbers as they are. */
  readonly formatTick?: (value: number) => string;
  /** Distances at which they may stand. */
  readonly increments?: readonly number[];
  /** What of the x axis is shown, where the owner keeps it; `onZoom` is told when a user changes it. */
  readonly zoom?: ChartRange | undefined;
  readonly onZoom?: (range: ChartRange | undefined) => void;
  /** Beside the title. */
  readonly note?: ComponentChildren;
  readonly height?: number;
  /** As wide as all charts together. */
  readonly large?: boolean;
  readonly legend?: SharedLegend;
  /** Shown instead of the drawing when there is nothing to draw. */
  readonly empty?: ComponentChildren;
}
