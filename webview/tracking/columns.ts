import { isRecord } from '../../server/contract/values.ts';
import { isTexts } from '../ui/storage.ts';
import { nameColumn, type Field } from './field.ts';

/** What a user has changed about the columns; ids that no run has at the moment keep their place. */
export interface ColumnLayout {
  /** Ids in the wanted order; empty where nothing was moved. */
  readonly order: readonly string[];
  readonly hidden: readonly string[];
  /** Ids that stay in view beside the run's name. */
  readonly pinned: readonly string[];
}

export const plainLayout: ColumnLayout = { order: [], hidden: [], pinned: [] };

export function isLayout(value: unknown): value is ColumnLayout {
  return isRecord(value) && isTexts(value['order']) && isTexts(value['hidden']) && isTexts(value['pinned']);
}

/** Fields in the wanted order, hidden ones included: the run's name, then pinned ones, then the others. */
export function arrange(fields: readonly Field[], { order, pinned }: ColumnLayout): readonly Field[] {
  const placed = order.length === 0 ? fields : inOrder(fields, order);
  const stays = new Set([nameColumn, ...pinned]);
  if (placed === fields && pinned.length === 0) {
    return fields;
  }
  const first = placed.filter(({ id }) => id === nameColumn);
  return [...first, ...placed.filter(({ id }) => stays.has(id) && id !== nameColumn), ...placed.filter(({ id }) => !stays.has(id))];
}

/** A field that came later than the order stands after the one that it follows by nature. */
function inOrder(fields: readonly Field[], order: readonly string[]): readonly Field[] {
  const known = new Set(order);
  const byId = new Map(fields.map((field) => [field.id, field]));
  const followers = new Map<string, Field[]>();
  let before = '';
  for (const field of fields) {
    if (known.has(field.id)) {
      before = field.id;
    } else {
      followers.set(before, [...(followers.get(before) ?? []), field]);
    }
  }
  return [...(followers.get('') ?? []), ...order.flatMap((id) => [byId.get(id) ?? [], followers.get(id) ?? []].flat())];
}

/**
 * Moves one column before another one, or to the end without one. A column that is moved across the edge of the pinned ones
 * is pinned, or no longer.
 * @param shown ids as the table shows them
 * @param all ids in the order of now, hidden ones included
 */
export function moveColumn(layout: ColumnLayout, all: readonly string[], shown: readonly string[], id: string, before: string | undefined): ColumnLayout {
  if (id === nameColumn || before === nameColumn || id === before) {
    return layout;
  }
  const rest = all.filter((other) => other !== id);
  const last = shown.filter((other) => other !== id).at(-1);
  const at = before === undefined ? rest.indexOf(last ?? '') + 1 : rest.indexOf(before);
  const order = [...rest.slice(0, at), id, ...rest.slice(at)];
  const isPinned = layout.pinned.includes(id);
  const neighbour = order[at + 1];
  const previous = order[at - 1];
  const among = neighbour !== undefined && layout.pinned.includes(neighbour);
  // At the edge a column stays what it is.
  const edge = previous !== undefined && (previous === nameColumn || layout.pinned.includes(previous));
  const pinned = among || (isPinned && edge) ? [...layout.pinned.filter((other) => other !== id), id] : layout.pinned.filter((other) => other !== id);
  return { ...layout, order, pinned };
}

/** Takes an id out of a list, or puts it in. */
export function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
}
