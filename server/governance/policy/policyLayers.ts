import { modelEntry, type ModelEntry, type Tier } from '../../contract/policyFile.ts';
import { tierEntries } from '../../contract/policyTiers.ts';
import { isRecord } from '../../contract/values.ts';

/** One source of values; what a later one says goes before. */
export interface Layer {
  readonly source: 'tier' | 'requirement' | 'file';
  readonly entry: Omit<ModelEntry, 'tier'>;
}

export interface MergedValue {
  /** A path such as `rollout.steps`. */
  readonly key: string;
  readonly value: unknown;
  readonly source: Layer['source'];
}

/** What the requirements ask of the alert rules, and the key of the requirement that each follows from. */
const requiredRules = {
  'alerts.latency.threshold': 'requirements.latencyP99Milliseconds',
  'alerts.error-rate.threshold': 'requirements.availability',
} as const;

/** The requirement that a value follows from; undefined for one that follows from none. */
export function requirementOf(key: string): string | undefined {
  return Object.entries(requiredRules).find(([asked]) => asked === key)?.[1];
}

function asked({ latencyP99Milliseconds, availability }: NonNullable<ModelEntry['requirements']>): ModelEntry['alerts'] {
  return {
    ...(latencyP99Milliseconds === undefined ? {} : { latency: { threshold: latencyP99Milliseconds } }),
    ...(availability === undefined ? {} : { 'error-rate': { threshold: Number((1 - availability).toPrecision(6)) } }),
  };
}

/** What a model's policy is made of, the weakest first. */
export function layersOf(tier: Tier, entry: ModelEntry): Layer[] {
  const stated: ModelEntry = { ...entry };
  delete stated.tier;
  const ofTier = tierEntries[tier];
  const requirements = { ...ofTier.requirements, ...stated.requirements };
  return [
    { source: 'tier', entry: ofTier },
    { source: 'requirement', entry: Object.keys(requirements).length === 0 ? {} : { alerts: asked(requirements) } },
    { source: 'file', entry: stated },
  ];
}

/** All values of the layers by their keys, lists being one value, and the entry that they are together. */
export function mergeLayers(layers: readonly Layer[]): { readonly values: readonly MergedValue[]; readonly entry: ModelEntry } {
  const values = new Map<string, MergedValue>();
  for (const { source, entry } of layers) {
    const kind = entry.rollout?.kind;
    if (kind !== undefined && values.get('rollout.kind')?.value !== kind) {
      // Another kind of rollouts has other fields: nothing of the plan before it is left.
      [...values.keys()].filter((key) => key.startsWith('rollout.')).forEach((key) => values.delete(key));
    }
    for (const [key, value] of leaves(entry)) {
      values.set(key, { key, value, source });
    }
  }
  return { values: [...values.values()], entry: modelEntry.parse(nested(values.values())) };
}

/** A gate is asked for by its name alone: where nothing else is said of it, its value is an empty object. */
function leaves(value: object, before = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]): [string, unknown][] => {
    if (inner === undefined) {
      return [];
    }
    const isNameAlone = before === 'gates.' && isRecord(inner) && Object.keys(inner).length === 0;
    return isRecord(inner) && !isNameAlone ? leaves(inner, `${before}${name}.`) : [[`${before}${name}`, inner]];
  });
}

function nested(values: Iterable<MergedValue>): object {
  const whole: Record<string, unknown> = {};
  for (const { key, value } of values) {
    const parts = key.split('.');
    let place = whole;
    for (const part of parts.slice(0, -1)) {
      const inner = place[part];
      const next: Record<string, unknown> = isRecord(inner) ? inner : {};
      place[part] = next;
      place = next;
    }
    const last = parts.at(-1) ?? key;
    place[last] = isRecord(value) ? { ...value, ...(isRecord(place[last]) ? place[last] : {}) } : value;
  }
  return whole;
}
