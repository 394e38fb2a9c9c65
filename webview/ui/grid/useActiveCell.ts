import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Position } from './navigation.ts';

interface ActiveCell {
  readonly at: Position;
  readonly moveTo: (position: Position) => void;
}

/** The cell that keys act on. It stays with its row while rows come, go and change places. */
export function useActiveCell<R>(rows: readonly R[], rowId: (row: R) => string, columns: number): ActiveCell {
  const cell = useSignal<Position & { readonly id?: string | undefined }>({ row: 0, column: 0 });
  const { row, column, id } = cell.value;
  const at = useMemo(() => {
    const there = rows[row];
    const found = id === undefined || (there !== undefined && rowId(there) === id) ? row : rows.findIndex((other) => rowId(other) === id);
    return Math.min(found < 0 && row >= 0 ? row : found, rows.length - 1);
  }, [rows, row, id]);
  return {
    at: { row: at, column: Math.min(column, columns - 1) },
    moveTo(position) {
      const there = rows[position.row];
      cell.value = { ...position, id: there === undefined ? undefined : rowId(there) };
    },
  };
}
