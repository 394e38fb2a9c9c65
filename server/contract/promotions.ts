import { z } from 'zod';
import { gateResult } from './gates.ts';
import { route } from './route.ts';
import { servingConfig } from './servingConfig.ts';
import { orText } from './unknown.ts';
import { count, digest, endpointName, timestamp } from './values.ts';

/**
 * `judging`: its release is packaged and judged by the gates. `not-passed`: a gate has not passed and nobody answers for it. `waiting`: approvals are missing.
 * `ready`: everything is there, and its rollout starts as soon as no other one of the endpoint goes on. `started`: its rollout goes on or has ended.
 * `void`: the endpoint serves another release than the one that it was judged beside.
 */
export const promotionStates = ['judging', 'not-passed', 'waiting', 'ready', 'started', 'rejected', 'void', 'expired', 'failed'] as const;
export type PromotionState = (typeof promotionStates)[number];

/** A text that was signed with an SSH key, as `writeApproval` makes it, and its signature in armor. */
const signedText = z.object({ text: z.string().min(1).max(32_768), signature: z.string().min(1).max(32_768) });

/** A named person's yes to one release. */
export const approval = z.object({
  /** The account that a program stated; of a signed one the principal of the key. */
  by: z.string(),
  reason: z.string(),
  at: timestamp,
  release: digest,
  /** Who vouched for the key: a line of the allowed signers of the policy; `key` as `SHA256:…`. */
  signed: signedText.extend({ key: z.string(), signer: z.string() }).optional(),
});
export type Approval = z.infer<typeof approval>;

/** The wish to bring a version to production, and how far it is. */
export const promotion = z.object({
  id: z.number().int(),
  model: z.string(),
  version: z.number().int(),
  endpoint: endpointName,
  state: orText(z.enum(promotionStates)),
  /** What it does, waits for, or why it ended, as a sentence. */
  message: z.string(),
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: timestamp,
  expiresAt: timestamp,
  /** It goes on without gates and approvals. */
  breakGlass: z.boolean(),
  /** What is shipped, and what approvals hold for; absent until it is packaged. */
  release: digest.optional(),
  /** What the endpoint served when it was judged. */
  liveRelease: digest.optional(),
  results: z.array(gateResult),
  /** Of the release, by people whose yes the policy counts by now. */
  approvals: z.array(approval),
  /** How many approvals the policy asks for by now, of whom (empty: of anybody), whether of others than who asked, and whether signed ones alone count. */
  needs: z.object({ required: z.number().int(), from: z.array(z.string()), otherThanRequester: z.boolean(), signed: z.boolean().default(false) }),
  rollout: z.object({ id: z.string(), state: z.string(), message: z.string() }).optional(),
  endedAt: timestamp.optional(),
});
export type Promotion = z.infer<typeof promotion>;

/** Whether something may still come of it by itself or by people. */
export function isPending({ state }: Pick<Promotion, 'state'>): boolean {
  return ['judging', 'not-passed', 'waiting', 'ready'].includes(state);
}

/** Where editors open a promotion. @param scheme of the editor, such as `vscode` */
export function promotionLink(id: number, scheme = 'vscode'): string {
  return `${scheme}://slipway.slipway/promotion/${id}`;
}

const reason = z.string().trim().min(10, 'say why in at least 10 characters').max(2000);
const numbered = z.object({ id: count });

export const promotionRoutes = {
  requestPromotion: route({
    method: 'POST',
    path: '/promotions',
    summary: 'Ask for a version to go to production: its release is packaged and judged by the gates of its policy, waits for its approvals, and is rolled out. Answers at once',
    needsTrust: 'promoting a model',
    panels: ['promotion'],
    input: z.object({
      model: z.string().min(1).max(256),
      version: z.union([z.number().int().positive(), z.string().regex(/^@?[\w-]+$/)]),
      /** The production endpoint of the model unless given. */
      endpoint: endpointName.optional(),
      reason,
      /** As the live release is served unless given. */
      serving: servingConfig.optional(),
      /** Without gates and approvals; it opens an incident. */
      breakGlass: z.boolean().default(false),
    }),
    output: promotion,
  }),
  listPromotions: route({
    method: 'GET',
    path: '/promotions',
    summary: 'Promotions, the newest first',
    panels: ['promotion', 'registry'],
    input: z.object({ model: z.string().optional(), limit: count.max(1000).default(100) }),
    output: z.object({ promotions: z.array(promotion) }),
  }),
  getPromotion: route({ method: 'GET', path: '/promotions/:id', summary: 'One promotion', panels: ['promotion'], input: numbered, output: promotion }),
  approvePromotion: route({
    method: 'POST',
    path: '/promotions/:id/approve',
    summary: 'Say yes to the release of a promotion, by its digest; with a signature, whose principal is then the name of the approver',
    needsTrust: 'approving a promotion',
    panels: ['promotion'],
    input: numbered.extend({ release: digest, reason, signed: signedText.optional() }),
    output: promotion,
  }),
  rejectPromotion: route({
    method: 'POST',
    path: '/promotions/:id/reject',
    summary: 'Say no to a promotion, or withdraw it',
    needsTrust: 'rejecting a promotion',
    panels: ['promotion'],
    input: numbered.extend({ reason }),
    output: promotion,
  }),
};
