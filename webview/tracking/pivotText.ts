import { formatNumber } from '../../server/contract/format/numbers.ts';
import { csvOf, latexOf, markdownOf } from '../ui/tableText.ts';
import type { Grouping } from './groups.ts';
import type { Pivot, PivotCell } from './pivot.ts';

/** A mean with its deviation, to as many digits as the deviation says something of. */
export function cellText({ mean, deviation }: Pick<PivotCell, 'mean' | 'deviation'>): string {
  return deviation === undefined ? formatNumber(mean) : `${formatNumber(mean)} ± ${formatNumber(deviation, 2)}`;
}

export interface PivotNames {
  readonly down: readonly Grouping[];
  readonly across: Grouping | undefined;
  readonly metric: string;
}

/** What a value of a group is called. */
export function shownValue(grouping: Grouping | undefined, value: string | undefined): string {
  return value === undefined ? 'none' : (grouping?.show(value) ?? value);
}

/** The heads of the columns of values. */
export function columnHeads({ columns }: Pivot, { across, metric }: PivotNames): string[] {
  return columns.map((value) => (across === undefined ? metric : shownValue(across, value)));
}

function labelsOf(values: readonly (string | undefined)[], { down }: PivotNames): string[] {
  return values.map((value, index) => shownValue(down[index], value));
}

/** A Markdown table; the best of each column is bold. */
export function pivotMarkdown(pivot: Pivot, names: PivotNames): string {
  const head = [...names.down.map(({ label }) => ({ text: label, numeric: false })), ...columnHeads(pivot, names).map((text) => ({ text, numeric: true }))];
  return markdownOf(head, pivot.rows.map(({ values, cells }) => [...labelsOf(values, names).map((text) => ({ text })), ...cells.map((cell) => ({ text: cell === undefined ? '' : cellText(cell), best: cell?.best === true }))]));
}

/** RFC 4180 with exact numbers: mean, deviation and number of runs of each column. */
export function pivotCsv(pivot: Pivot, names: PivotNames): string {
  const head = columnHeads(pivot, names).flatMap((text) => [`${text} mean`, `${text} sd`, `${text} runs`]);
  return csvOf([
    [...names.down.map(({ label }) => label), ...head],
    ...pivot.rows.map(({ values, cells }) => [...labelsOf(values, names), ...cells.flatMap((cell) => (cell === undefined ? ['', '', '0'] : [String(cell.mean), String(cell.deviation ?? ''), String(cell.runs.length)]))]),
  ]);
}

/** A LaTeX table for the package booktabs; the best of each column is bold. */
export function pivotLatex(pivot: Pivot, names: PivotNames): string {
  const head = [...names.down.map(({ label }) => ({ text: label, numeric: false })), ...columnHeads(pivot, names).map((text) => ({ text, numeric: true }))];
  return latexOf(head, pivot.rows.map(({ values, cells }) => [...labelsOf(values, names).map((text) => ({ text })), ...cells.map((cell) => ({ text: cell === undefined ? '' : cellText(cell), best: cell?.best === true }))]));
}
