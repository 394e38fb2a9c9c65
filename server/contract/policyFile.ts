import { z } from 'zod';
import { ruleChanges, ruleIds } from './alerts.ts';
import { evaluationRows, gates } from './gates.ts';
import { rolloutChecks, strategy } from './deployments.ts';
import { shadowPlan } from './shadow.ts';
import { sticky } from './sticky.ts';
import { endpointName } from './values.ts';

/** The name of a policy's file, in the folder of a workspace. */
export const policyFileName = 'slipway.yaml';

/** From the least ceremony to the most. */
export const tiers = ['experimental', 'standard', 'critical'] as const;
export const tier = z.enum(tiers);
export type Tier = z.infer<typeof tier>;

const person = z.string().trim().min(1).max(200).regex(/^\P{C}+$/u, 'must hold no control characters');
const modelName = z.string().min(1).max(256).regex(/^[^\p{C}/:]+$/u, 'must be the name of a registered model, without slashes, colons and control characters');
const path = z.string().min(1).max(4096).regex(/^\P{C}+$/u, 'must hold no control characters');
/** Times of nothing are no requirement. */
const positive = z.number().positive();

const checks = z.strictObject({
  minimumRequests: rolloutChecks.shape.minimumRequests.removeDefault().optional(),
  maximumErrorRate: rolloutChecks.shape.maximumErrorRate.removeDefault().optional(),
  maximumLatencyRatio: rolloutChecks.shape.maximumLatencyRatio.removeDefault().optional(),
  maximumPredictionShift: rolloutChecks.shape.maximumPredictionShift.removeDefault().optional(),
  minimumAgreement: rolloutChecks.shape.minimumAgreement.removeDefault().optional(),
});

const rolloutPlan = z
  .strictObject({
    kind: z.enum(['all-at-once', 'blue-green', 'canary', 'linear']).optional().describe('How the traffic moves to a new release.'),
    steps: z.array(z.number().int().min(1).max(99)).min(1).max(20).optional().describe('canary: shares of the traffic in percent, rising.'),
    increment: z.number().int().min(5).max(50).optional().describe('linear: by how many percent the share grows with each step.'),
    stepSeconds: z.number().min(0).max(86_400).optional().describe('How long a step lasts at least.'),
    deadlineSeconds: z.number().min(0).max(604_800).optional().describe('How long a step may wait for its requests before the rollout is undone; 0: for ever.'),
    sticky: sticky.optional().describe('What keeps the same caller on the same release while the traffic is shared: a header, or a field of the first row.'),
    hold: z.boolean().optional().describe('Wait for a person before the switch or after each step.'),
    watchSeconds: z.number().int().min(0).max(86_400).optional().describe('How long after the switch the endpoint goes back by itself when requests fail; 0: never.'),
    rehearse: z.number().int().min(0).max(5000).optional().describe('Recorded requests that the new release answers outside of the traffic first.'),
    shadow: z
      .strictObject({
        percent: shadowPlan.shape.percent.removeDefault().optional(),
        requests: shadowPlan.shape.requests.removeDefault().optional(),
        seconds: shadowPlan.shape.seconds.removeDefault().optional(),
        hold: shadowPlan.shape.hold.removeDefault().optional(),
        deadlineSeconds: shadowPlan.shape.deadlineSeconds.removeDefault().optional(),
      })
      .optional()
      .describe('The new release answers copies of live requests first: percent of them, requests and seconds at least, hold for a person, deadlineSeconds.'),
    checks: checks.optional().describe('What a new release is judged by.'),
  })
  .describe('How production moves to a new release.');

const requirements = z
  .strictObject({
    latencyP99Milliseconds: positive.optional().describe('Bound of the alert rule "latency".'),
    availability: z.number().gt(0).max(1).optional().describe('Share of requests that are answered, such as 0.999; 1 less it is the bound of the alert rule "error-rate".'),
  })
  .describe('What production needs; stated up front.');

const retention = z
  .strictObject({
    releases: z.number().int().min(1).max(1000).optional().describe('Releases that "Free Disk Space" leaves each endpoint to go back to, at least.'),
    inferenceLogDays: z.number().int().min(1).max(3650).optional().describe('Days that the inference log is kept, at least; it is kept for all endpoints together.'),
  })
  .describe('What is kept.');

const approvals = z
  .strictObject({
    required: z.number().int().min(0).max(20).optional().describe('How many people have to approve a promotion.'),
    from: z.array(person).max(50).optional().describe('Whose approval counts, by the names of their accounts, or of signed ones by their principals; left out: anybody\'s.'),
    otherThanRequester: z.boolean().optional().describe('Whoever asks for a promotion cannot approve it; true unless said.'),
    signed: z.boolean().optional().describe('Signed approvals alone count: the name is the principal of an SSH key of allowedSigners.'),
    allowedSigners: path.optional().describe('File of allowed signers as ssh-keygen has it, one person a line, seen from the folder of this file; it is kept with the policy.'),
    expiresHours: z.number().positive().max(8760).optional().describe('How long a promotion may wait; 72 unless said.'),
  })
  .describe('Whose yes a release needs before it goes to production.');

const parameterName = z.string().regex(/^(?!__)[A-Za-z_]\w{0,199}$/, 'must be the name of a variable');
const single = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** How a model is made again. */
const retraining = z
  .strictObject({
    notebook: path.regex(/\.ipynb$/, 'must be a notebook, .ipynb').describe('The notebook that logs the model, seen from the folder of this file. It runs headless, from its first cell to its last.'),
    parameters: z.record(parameterName, z.union([single, z.array(single)])).optional().describe('Values for its cell tagged "parameters".'),
    python: path.optional().describe('A Python with nbclient and ipykernel: a command, or a path seen from the folder of this file. Default: python3.'),
    kernel: z.string().min(1).max(200).optional().describe('Default: the kernel that the notebook names.'),
    schedule: z.string().min(1).max(200).optional().describe('When it is retrained by itself, as the five fields of cron: minute, hour, day of the month, month, day of the week.'),
    timeZone: z.string().min(1).max(100).optional().describe('Of the schedule, such as Europe/Berlin. Default: that of the machine.'),
    coolDownMinutes: z.number().int().min(0).max(525_600).optional().describe('After a retraining that made a candidate none begins for so long.'),
    triggers: z
      .strictObject({
        drift: z.boolean().optional().describe('When the alert rule "drift" fires at a production endpoint of the model.'),
        performance: z.boolean().optional().describe('When the alert rule "performance" fires at one: labels say that its metric is beyond the bound of the rule.'),
        data: z.array(path).max(50).optional().describe('When one of these files has another content than when the model was made last; seen from the folder of this file.'),
      })
      .optional()
      .describe('What begins a retraining by itself, besides the schedule. One at a time, and not while the model cools down.'),
    auto: z.boolean().optional().describe('The candidate of a retraining goes on to production by itself: gates, approvals, rollout, as of a promotion that somebody asks for.'),
    deadlineMinutes: z.number().int().min(1).max(10_080).optional().describe('A retraining that takes longer fails. Default: a day.'),
  })
  .describe('How a new candidate of the model is made.');

/** What a file says of one model; what it leaves out is as its tier has it. */
export const modelEntry = z.strictObject({
  tier: tier.optional().describe('experimental: no ceremony. standard: a careful rollout. critical: a slower one that waits for a person after each step.'),
  owners: z.array(person).max(50).optional().describe('Whom to call.'),
  staging: z.array(endpointName).max(100).optional().describe('Endpoints that are not production; the others of the model are.'),
  requirements: requirements.optional(),
  evaluation: evaluationRows.optional(),
  gates: gates.optional(),
  approvals: approvals.optional(),
  rollout: rolloutPlan.optional(),
  alerts: z.partialRecord(z.enum(ruleIds), ruleChanges.strict()).optional().describe('Alert rules of its endpoints, by their ids; see "slipway alerts".'),
  retention: retention.optional(),
  retraining: retraining.optional(),
});
export type ModelEntry = z.infer<typeof modelEntry>;

/** A whole `slipway.yaml`. */
export const policyFile = z
  .strictObject({ models: z.record(modelName, modelEntry.nullable().transform((entry) => entry ?? {})).describe('By the names of registered models.') })
  .meta({ title: 'Slipway policy', description: 'What models need before and in production.' });

type RolloutKind = NonNullable<NonNullable<ModelEntry['rollout']>['kind']>;
const strategyShapes = new Map(strategy.options.map((option) => [option.shape.kind.value, option.shape]));

/** Whether a field of a rollout plan means something for a kind of rollouts. */
export function rolloutHas(kind: RolloutKind, field: string): boolean {
  return Object.hasOwn(strategyShapes.get(kind) ?? {}, field);
}
