import type { DescribedTarget } from '../../contract/deployments.ts';
import { Problem } from '../../platform/errors.ts';
import { dockerEntry } from './docker/entry.ts';
import { processEntry } from './process/entry.ts';
import type { Target, TargetDescription, TargetEntry, TargetParts } from './target.ts';

/** Every target, in the order in which the setting `auto` tries them. */
export const targetEntries: readonly TargetEntry[] = [dockerEntry, processEntry];

/** The value of the setting `defaultTarget` that takes the first target that is available. */
const automatic = 'auto';

const known = targetEntries.map(({ kind }) => kind);

/**
 * Refuses a target that does not exist.
 * @param field the input field that names it
 * @throws Problem `invalid-input` that lists those that do
 */
export function requireTarget(kind: string, field = 'target'): void {
  if (!known.includes(kind)) {
    throw new Problem('invalid-input', `${field}: there is no target "${kind}".`, { field, remedy: `The targets are ${known.join(', ')}.` });
  }
}

/** As {@link requireTarget} for the setting `defaultTarget`, which may also be `auto`. */
export function requireDefaultTarget(kind: string): void {
  if (kind !== automatic && !known.includes(kind)) {
    throw new Problem('invalid-input', `defaultTarget: there is no target "${kind}".`, { field: 'defaultTarget', remedy: `It can be ${[automatic, ...known].join(', ')}.` });
  }
}

/** What a target is called; the kind itself for one that a newer version wrote into the database. */
export function describeTarget(kind: string): Pick<TargetDescription, 'label' | 'replicaNoun'> {
  return targetEntries.find((entry) => entry.kind === kind) ?? { label: kind, replicaNoun: kind };
}

/** The places where replicas run. */
export interface Targets {
  readonly all: readonly Target[];
  /** @throws Problem `unavailable` for the kind of a replica or endpoint that this version does not know */
  of(kind: string): Target;
  /**
   * Where a new endpoint goes: what the setting names, else the first that is available.
   * @throws Problem `invalid-input` when the setting names none, `unavailable` when none is available
   */
  byDefault(): Promise<Target>;
  /** The targets as clients see them, with whether each is available now. */
  describe(): Promise<DescribedTarget[]>;
}

export function createTargets(parts: TargetParts, entries: readonly TargetEntry[] = targetEntries): Targets {
  const all = entries.map((entry): Target => ({ ...entry, ...entry.create(parts) }));
  const of = (kind: string): Target => {
    const found = all.find((target) => target.kind === kind);
    if (found === undefined) {
      throw new Problem('unavailable', `This version of Slipway has no target "${kind}".`, { field: 'target', remedy: `It has ${all.map((target) => target.kind).join(', ')}.` });
    }
    return found;
  };
  return {
    all,
    of,
    async byDefault() {
      const wanted = parts.settings().defaultTarget;
      if (wanted !== automatic) {
        requireDefaultTarget(wanted);
        return of(wanted);
      }
      const reasons: string[] = [];
      for (const target of all) {
        const { available, detail } = await target.status();
        if (available) {
          return target;
        }
        reasons.push(detail);
      }
      throw new Problem('unavailable', `No target is available. ${reasons.join(' ')}`);
    },
    async describe() {
      const statuses = await Promise.all(all.map(async (target) => ({ target, ...(await target.status()) })));
      const wanted = parts.settings().defaultTarget;
      const preferred = wanted === automatic ? statuses.find(({ available }) => available)?.target.kind : wanted;
      return statuses.map(({ target: { kind, label, icon, isolation, buildsImages, settings }, available, detail }) => ({
        kind,
        label,
        icon,
        isolation,
        buildsImages,
        settings: [...settings],
        isDefault: kind === preferred,
        available,
        detail,
      }));
    },
  };
}
