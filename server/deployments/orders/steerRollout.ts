import type { Caller } from '../../contract/caller.ts';
import { Problem } from '../../platform/errors.ts';
import { hasSwitched, isPromotable, labelOf } from '../rollouts/progression.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { cancelUnswitched, requireRollout, type OrderDependencies } from './order.ts';

/** What can be said to a rollout that is under way. */
export interface RolloutSteering {
  promote(name: string, actor: Caller): Promise<RolloutRecord>;
  cancel(name: string, actor: Caller): Promise<RolloutRecord>;
}

export function createRolloutSteering(dependencies: OrderDependencies): RolloutSteering {
  const { database, parts, reconciler, audit, changed } = dependencies;
  const { rollouts, traffic } = parts;
  return {
    async promote(name, actor) {
      const id = await reconciler.exclusively(name, () =>
        database.transaction(() => {
          const active = requireRollout(parts, name);
          if (!isPromotable(active)) {
            throw new Problem('conflict', `The rollout of ${name} is at step ${labelOf(active.step)}; there is nothing to promote yet.`);
          }
          rollouts.change(active.id, { promoted: true, needs: [] });
          rollouts.write(active.id, { step: active.step, event: 'progress', message: `Promoted by ${actor.user}` });
          audit.append({ actor, action: `${active.kind}.promoted`, subject: name, detail: { rollout: active.id, weight: active.weight } });
          return active.id;
        })(),
      );
      changed(name, id);
      return rollouts.get(id) ?? requireRollout(parts, name);
    },
    async cancel(name, actor) {
      const id = await reconciler.exclusively(name, async () => {
        const active = requireRollout(parts, name);
        if (hasSwitched(active)) {
          throw new Problem('conflict', `Version ${active.version} has taken over already.`, { remedy: 'Roll back instead.' });
        }
        database.transaction(() => cancelUnswitched(active, actor, `Cancelled by ${actor.user}`, dependencies))();
        await traffic.publish();
        return active.id;
      });
      changed(name, id);
      return rollouts.get(id) ?? requireRollout(parts, name);
    },
  };
}
