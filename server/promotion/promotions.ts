import { Router } from 'express';
import { z } from 'zod';
import type { Caller } from '../contract/caller.ts';
import { isPending, promotionRoutes } from '../contract/promotions.ts';
import { localCaller } from '../platform/caller.ts';
import { messageOf, Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';
import type { PromotionDependencies } from './promotionDependencies.ts';
import { createPromotionOrders } from './promotionOrders.ts';
import { createPromotionTable, type StoredPromotion } from './promotionTable.ts';
import { createShown } from './shownPromotion.ts';
import { startRollout } from './startRollout.ts';

export interface PromotionsFeature extends Feature {
  running(): boolean;
  /** Digests of releases that wait to go to production. */
  awaited(): readonly string[];
}

const payload = z.object({ id: z.number().int() });

/** Pauses between looks at an endpoint whose rollout has to end first. */
const againMilliseconds = { firstMilliseconds: 1000, mostMilliseconds: 30_000 } as const;

/**
 * Promotions: a version is packaged and judged, waits for the yes of those whom its policy asks for, and is rolled out as the very release that was judged. What
 * is stored are facts; the state follows from them, the policy in force and the clock. Everything that can go on by itself is a durable job.
 */
export function createPromotions({ context, ports, gates, deployments, policyOf, audit, breakGlass }: PromotionDependencies): PromotionsFeature {
  const { database, jobs, events } = context;
  const table = createPromotionTable(database);
  const changed = ({ id, endpoint }: Pick<StoredPromotion, 'id' | 'endpoint'>): void => events.publish({ topic: 'promotion', id, endpoint });

  const shown = createShown({ table, gates, deployments, policyOf });
  const requireOne = (id: number): StoredPromotion => {
    const found = table.get(id);
    if (found === undefined) {
      throw new Problem('not-found', `There is no promotion ${id}.`, { field: 'id', remedy: 'List them with "slipway promotion list".' });
    }
    return found;
  };

  const end = (stored: StoredPromotion, as: 'rejected' | 'void' | 'failed', message: string, actor: Caller, detail: Readonly<Record<string, string>> = {}): void => {
    database.transaction(() => {
      table.end(stored.id, { as, message, at: Date.now() });
      audit.append({ actor, action: `promotion.${as}`, subject: stored.endpoint, detail: { promotion: stored.id, model: stored.model, version: stored.version, ...(stored.release === null ? {} : { release: stored.release }), ...(as === 'rejected' ? detail : { message }) } });
    })();
    changed(stored);
  };

  const queue = jobs.register({
    kind: 'promotion',
    payload,
    retry: againMilliseconds,
    concurrency: 2,
    async run({ payload: { id } }, control): Promise<void> {
      const { signal } = control;
      const asked = table.get(id);
      if (asked === undefined) {
        return;
      }
      const before = shown(asked);
      if (before.state === 'void' && asked.ended === undefined) {
        end(asked, 'void', before.message, localCaller('companion'));
      }
      if (!isPending(before)) {
        return;
      }
      const { model, version, endpoint, serving, requestedBy, requestedAt } = asked;
      try {
        if (asked.release === null) {
          const production = await ports.production(model, endpoint);
          const { release, liveRelease, results } = await gates.judge({ model, version, production, serving, requestedBy, startedAt: requestedAt, onlyPackage: asked.breakGlass }, (text) => control.progress(text), signal);
          table.judged(id, { release: release.digest, liveRelease, results });
          changed(asked);
        }
        await startRollout(id, { table, stateNow: (stored) => shown(stored), deployments, audit, breakGlass });
      } catch (error) {
        signal.throwIfAborted();
        const stored = requireOne(id);
        const { state, message } = shown(stored);
        if (state === 'ready' && deployments.underWay(endpoint) !== undefined) {
          throw new Problem('unavailable', `Another rollout of ${endpoint} has to end first.`);
        }
        if (stored.rollout === null && stored.ended === undefined) {
          end(stored, state === 'void' ? 'void' : 'failed', state === 'void' ? message : messageOf(error), requestedBy);
        }
      }
    },
  });
  const goOn = (id: number): void => void queue.add({ key: String(id), payload: { id } });

  /** What became ready, or void, by what was changed elsewhere. */
  const lookAgain = (): void => {
    const due = table.unended().filter((stored) => ['ready', 'void'].includes(shown(stored).state));
    const open = due.length === 0 ? [] : queue.open().map(({ key }) => key);
    due.filter(({ id }) => !open.includes(String(id))).forEach(({ id }) => goOn(id));
  };
  const topics: readonly string[] = ['policy', 'endpoint', 'gates'];
  events.subscribe(({ topic }) => (topics.includes(topic) && database.open ? lookAgain() : undefined));

  const orders = createPromotionOrders({ database, table, shown, requireOne, changed, goOn, ports, policyOf, audit });
  const router = Router();
  implementAll(router, promotionRoutes, {
    requestPromotion: ({ model, version, endpoint, reason, serving, breakGlass: glass }, { caller }) => orders.request({ model, version, endpoint, reason, serving, breakGlass: glass }, caller),
    listPromotions: ({ model, limit }) => ({ promotions: table.list({ model, limit }).map(shown) }),
    getPromotion: ({ id }) => shown(requireOne(id)),
    approvePromotion: ({ id, release, reason, signed }, { caller }) => orders.approve(id, { release, reason, signed }, caller),
    rejectPromotion({ id, reason }, { caller }) {
      const stored = requireOne(id);
      const { state, message } = shown(stored);
      if (!isPending({ state })) {
        throw new Problem('conflict', `Promotion ${id} has ended: ${message}`, { field: 'id', ...(state === 'started' ? { remedy: `Cancel its rollout with "slipway cancel ${stored.endpoint}", or go back with "slipway rollback ${stored.endpoint}".` } : {}) });
      }
      end(stored, 'rejected', `${caller.user} has said no: ${reason}`, caller, { reason });
      const open = queue.open().filter(({ key }) => key === String(id));
      open.forEach((job) => queue.cancel(job.id));
      return shown(requireOne(id));
    },
  });
  return {
    router,
    start: lookAgain,
    running: () => queue.open().length > 0,
    awaited: () => table.unended().filter((stored) => isPending(shown(stored))).flatMap(({ release }) => release ?? []),
  };
}
