import { z } from 'zod';
import { tier } from './policyFile.ts';
import { route } from './route.ts';
import { orText, orUnknownKind } from './unknown.ts';
import { digest, empty, timestamp } from './values.ts';

/** The first thing that is wrong with a policy's file. Lines and columns count from 1; the end is behind the last character. */
export const policyProblem = z.object({ message: z.string(), line: z.number().int(), column: z.number().int(), endLine: z.number().int(), endColumn: z.number().int() });
export type PolicyProblem = z.infer<typeof policyProblem>;

/** Where a value of a policy comes from. */
export const policySource = orUnknownKind(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('file'), file: z.string(), line: z.number().int() }),
    /** It follows from a requirement of the file. */
    z.object({ kind: z.literal('requirement'), key: z.string(), file: z.string(), line: z.number().int() }),
    z.object({ kind: z.literal('tier'), tier }),
  ]),
);
export type PolicySource = z.infer<typeof policySource>;

export const policyValue = z.object({
  /** A path such as `rollout.steps`. */
  key: z.string(),
  value: z.unknown(),
  source: policySource,
});

/** What is in force for a model, and why. */
export const modelPolicy = z.object({
  model: z.string(),
  tier: orText(tier),
  /** Why it has this tier: the line of a file; absent where no file names the model. */
  tierSource: z.object({ file: z.string(), line: z.number().int() }).optional(),
  owners: z.array(z.string()),
  values: z.array(policyValue),
  /** What would be in force in each of the other tiers and is not now, or differs. */
  others: z.array(z.object({ tier: orText(tier), values: z.array(z.object({ key: z.string(), value: z.unknown(), now: z.unknown().optional() })) })),
});
export type ModelPolicy = z.infer<typeof modelPolicy>;

/** A file whose policy is in force, as it was when it was last taken over. */
export const adoptedPolicy = z.object({
  file: z.string(),
  digest,
  adoptedAt: timestamp,
  adoptedBy: z.string(),
  models: z.array(z.object({ name: z.string(), tier: orText(tier) })),
  /** What the file is by now: `same`, `changed` (not in force until it is applied), `broken` or `gone`. What was taken over stays in force. */
  state: orText(z.enum(['same', 'changed', 'broken', 'gone'])),
  problem: policyProblem.optional(),
});
export type AdoptedPolicy = z.infer<typeof adoptedPolicy>;

/** The models of a text, each with the lines of its entry, from 1. */
const entryLines = z.array(z.object({ name: z.string(), line: z.number().int(), endLine: z.number().int() }));

const file = z.string().min(1).max(4096);

export const policyRoutes = {
  listPolicies: route({ method: 'GET', path: '/policies', summary: 'The files whose policies are in force', input: empty, output: z.object({ policies: z.array(adoptedPolicy) }) }),
  getPolicy: route({ method: 'GET', path: '/policy', summary: 'What is in force for a model, and why', input: z.object({ model: z.string().min(1).max(256) }), output: modelPolicy }),
  checkPolicy: route({
    method: 'POST',
    path: '/policies/check',
    summary: 'What is wrong with the text of a policy; nothing is put in force',
    input: z.object({ file, text: z.string() }),
    output: z.object({ problem: policyProblem.optional(), models: entryLines }),
  }),
  adoptPolicy: route({
    method: 'PUT',
    path: '/policies',
    summary: 'Put in force what a file says by now. Where it is broken, what was in force stays, and the answer says what is wrong',
    needsTrust: 'putting a policy in force',
    input: z.object({ file }),
    output: z.object({ policy: adoptedPolicy.optional(), problem: policyProblem.optional(), changed: z.boolean() }),
  }),
  forgetPolicy: route({ method: 'DELETE', path: '/policies', summary: 'Lift the policy of a file: its models are experimental again', needsTrust: 'lifting a policy', input: z.object({ file }), output: empty }),
};
