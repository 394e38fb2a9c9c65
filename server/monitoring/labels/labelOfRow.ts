import type { LabelValue } from './labelValue.ts';

/** A predicted row whose label has come. */
export interface LabelOfRow {
  readonly request: string;
  readonly row: number;
  readonly label: LabelValue;
}
