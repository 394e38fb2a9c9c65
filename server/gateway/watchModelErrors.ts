import type { CompanionContext } from '../platform/context.ts';
import type { RecentAnswers } from './recentAnswers.ts';
import type { GatewayStatus } from './statusReport.ts';

/** Fewer answers say nothing about a model. */
const leastAnswers = 20;
/** From this part of its answers on a model is told to raise. */
const leastPart = 0.1;

/** What the companion knows of models that raise, from what the gateway said last. */
export interface ModelErrorWatch {
  /** Takes what the gateway says; tells clients when a model begins to raise or does so no longer. */
  saw(endpoints: GatewayStatus['endpoints']): void;
  /** The answers of a release's last minutes where too many of them are model errors, else undefined. */
  of(endpoint: string, release: string): RecentAnswers | undefined;
}

export function watchModelErrors({ events }: Pick<CompanionContext, 'events'>): ModelErrorWatch {
  let known: ReadonlyMap<string, RecentAnswers> = new Map();
  return {
    saw(endpoints) {
      const before = known;
      const raising = Object.entries(endpoints).flatMap(([name, { releases }]) =>
        releases.flatMap(({ release, recent }) =>
          recent !== undefined && recent.answers >= leastAnswers && recent.modelErrors >= recent.answers * leastPart ? [[`${name} ${release}`, recent] as const] : [],
        ),
      );
      known = new Map(raising);
      const changed = [...new Set([...before.keys(), ...known.keys()])].filter((key) => before.get(key)?.modelErrors !== known.get(key)?.modelErrors);
      for (const name of new Set(changed.map((key) => key.slice(0, key.indexOf(' '))))) {
        events.publish({ topic: 'endpoint', name });
      }
    },
    of: (endpoint, release) => known.get(`${endpoint} ${release}`),
  };
}
