import { splitName } from './columnFields.ts';
import { naturally } from './ranks.ts';

/** Metrics whose charts stand together. */
export interface CurveGroup {
  readonly name: string;
  readonly keys: readonly string[];
}

/** Of metrics whose names have no prefix. */
const plain = '';
/** Of metrics that share their prefix with no other: `layer_0/norm` and its like would make a group each. */
const others = 'Others';
/** What machines log about themselves is looked at last. */
const system = 'system';

/** Metrics by the prefix of their names, such as `train` of `train/loss`; those without one come first, under no name. */
export function curveGroups(keys: readonly string[]): CurveGroup[] {
  const named = keys.map((key) => ({ key, prefix: splitName(key).prefix }));
  const counts = new Map<string, number>();
  named.forEach(({ prefix }) => counts.set(prefix, (counts.get(prefix) ?? 0) + 1));
  const groups = new Map<string, string[]>();
  for (const { key, prefix } of named) {
    const group = prefix === plain || prefix === system || (counts.get(prefix) ?? 0) > 1 ? prefix : others;
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  const place = (name: string): number => [others, system].indexOf(name);
  return [...groups]
    .sort(([a], [b]) => place(a) - place(b) || naturally.compare(a, b))
    .map(([name, own]) => ({ name, keys: own.sort(naturally.compare) }));
}

/** Whether a name has all words of a search. */
export function isFound(name: string, search: string): boolean {
  const low = name.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => low.includes(word));
}
