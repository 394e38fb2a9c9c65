/** A cell; row -1 is the column header. */
export interface Position {
  readonly row: number;
  readonly column: number;
}

export interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** Rows that fit into view. */
  readonly page: number;
}

/**
 * Where a key leads in a grid (https://www.w3.org/WAI/ARIA/apg/patterns/grid/#keyboardinteraction), or undefined when the key
 * does not move.
 */
export function move(key: string, control: boolean, { row, column }: Position, { rows, columns, page }: Extent): Position | undefined {
  const within = (wantedRow: number, wantedColumn: number): Position => ({
    row: Math.max(-1, Math.min(rows - 1, wantedRow)),
    column: Math.max(0, Math.min(columns - 1, wantedColumn)),
  });
  switch (key) {
    case 'ArrowLeft':
      return within(row, column - 1);
    case 'ArrowRight':
      return within(row, column + 1);
    case 'ArrowUp':
      return within(control ? -1 : row - 1, column);
    case 'ArrowDown':
      return within(control ? rows - 1 : row + 1, column);
    case 'PageUp':
      return within(Math.max(0, row - page), column);
    case 'PageDown':
      return within(row + page, column);
    case 'Home':
      return within(control ? 0 : row, 0);
    case 'End':
      return within(control ? rows - 1 : row, columns - 1);
    default:
      return undefined;
  }
}
