import type { Caller } from '../contract/caller.ts';
import { isPending, type Promotion } from '../contract/promotions.ts';
import type { ServingConfig } from '../contract/servingConfig.ts';
import { endpointName } from '../contract/values.ts';
import { shortDigest } from '../contract/format/digests.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/errors.ts';
import type { PromotionDependencies } from './promotionDependencies.ts';
import { whyNotCounted } from './promotionState.ts';
import type { PromotionTable, StoredPromotion } from './promotionTable.ts';
import { verifyApproval, type SignedText } from './verifyApproval.ts';

interface OrderParts extends Pick<PromotionDependencies, 'ports' | 'policyOf' | 'audit'> {
  readonly database: Database;
  readonly table: PromotionTable;
  readonly shown: (stored: StoredPromotion) => Promotion;
  readonly requireOne: (id: number) => StoredPromotion;
  readonly changed: (stored: StoredPromotion) => void;
  /** Adds the job that does what can be done by itself; inside the transaction of the change. */
  readonly goOn: (id: number) => void;
}

interface Asked {
  readonly model: string;
  readonly version: number | string;
  readonly endpoint: string | undefined;
  readonly reason: string;
  readonly serving: ServingConfig | undefined;
  readonly breakGlass: boolean;
}

interface Yes {
  /** Digest of what is said yes to. */
  readonly release: string;
  readonly reason: string;
  /** Undefined: the caller's own name counts. */
  readonly signed: SignedText | undefined;
}

interface PromotionOrders {
  request(asked: Asked, caller: Caller): Promise<Promotion>;
  approve(id: number, yes: Yes, caller: Caller): Promise<Promotion>;
}

const usualHours = 72;

/** Asking for a promotion, and saying yes to one. */
export function createPromotionOrders({ database, table, shown, requireOne, changed, goOn, ports, policyOf, audit }: OrderParts): PromotionOrders {
  const request = async (asked: Asked, caller: Caller): Promise<Promotion> => {
    const { name: model, version } = await ports.resolve(asked.model, asked.version);
    const policy = policyOf(model);
    const endpoint = endpointName.safeParse((await ports.production(model, asked.endpoint)).endpoint).data;
    if (endpoint === undefined) {
      throw new Problem('invalid-input', `${model} has no production endpoint yet, and its name cannot be one's.`, { field: 'endpoint', remedy: 'Name the endpoint.' });
    }
    if (!policy.isProduction(endpoint)) {
      throw new Problem('conflict', `${endpoint} is not production, by the policy of ${model}.`, { field: 'endpoint', remedy: `Deploy to it: slipway deploy ${model}:${version} --endpoint ${endpoint}.` });
    }
    const id = database.transaction(() => {
      const other = table.unended().map(shown).find((each) => each.endpoint === endpoint && isPending(each));
      if (other !== undefined && !asked.breakGlass) {
        throw new Problem('conflict', `Promotion ${other.id} of version ${other.version} to ${endpoint} is ${other.state}.`, { field: 'endpoint', remedy: `Wait for it, or withdraw it with "slipway promotion reject ${other.id} --reason TEXT".` });
      }
      const now = Date.now();
      const expiresAt = Math.round(now + (policy.entry.approvals?.expiresHours ?? usualHours) * 3_600_000);
      const added = table.add({ model, version, endpoint, serving: asked.serving, reason: asked.reason, requestedBy: caller, requestedAt: now, expiresAt, breakGlass: asked.breakGlass });
      audit.append({ actor: caller, action: asked.breakGlass ? 'promotion.break-glass' : 'promotion.requested', subject: endpoint, detail: { promotion: added, model, version, reason: asked.reason } });
      goOn(added);
      return added;
    })();
    const stored = requireOne(id);
    changed(stored);
    return shown(stored);
  };

  const approve = async (id: number, { release, reason, signed }: Yes, caller: Caller): Promise<Promotion> => {
    const verified = signed === undefined ? undefined : await verifyApproval(shown(requireOne(id)), signed, { release, reason }, policyOf(requireOne(id).model));
    const by = verified?.signer.principal ?? caller.user;
    // Everything is looked at again: verifying took its time.
    const stored = requireOne(id);
    const { state, message, needs, approvals } = shown(stored);
    if (stored.release !== null && stored.release !== release) {
      throw new Problem('conflict', `Promotion ${id} is about the release ${shortDigest(stored.release)}, not ${shortDigest(release)}.`, { field: 'release', remedy: `Look at it again with "slipway promotion show ${id}".` });
    }
    if (state !== 'waiting') {
      throw new Problem('conflict', `Promotion ${id} waits for no approval: ${message}`, { field: 'id' });
    }
    if (needs.signed && verified === undefined) {
      throw new Problem('forbidden', `The policy of ${stored.model} counts signed approvals alone.`, { field: 'signed', remedy: `Sign it with your SSH key: slipway promotion approve ${id} --sign --reason TEXT.` });
    }
    const refused = whyNotCounted(needs, by, stored.requestedBy.user) ?? (approvals.some((each) => each.by === by) ? `${by} has approved it already.` : undefined);
    if (refused !== undefined) {
      throw new Problem('forbidden', refused, { field: 'id', remedy: 'Ask one of those whose approval counts.' });
    }
    database.transaction(() => {
      table.approve(id, { by, release, reason, at: Date.now(), ...(verified === undefined ? {} : { signed: verified.signed }) });
      audit.append({ actor: caller, action: 'promotion.approved', subject: stored.endpoint, detail: { promotion: id, model: stored.model, version: stored.version, release, reason, ...(verified === undefined ? {} : { signedBy: by, key: verified.signer.key }) } });
      goOn(id);
    })();
    changed(stored);
    return shown(stored);
  };

  return { request, approve };
}
