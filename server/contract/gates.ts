import { z } from 'zod';
import { metricIds } from './performance.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { digest, timestamp } from './values.ts';

const share = z.number().min(0).max(1);
const metric = z.enum(metricIds);
const columns = z.array(z.string().min(1).max(200)).min(1).max(20);
const minimumRows = z.number().int().min(30).max(1_000_000).optional().describe('Smaller groups are told and not judged; 30 unless said.');

/** Rows that candidates are judged by. */
export const evaluationRows = z
  .strictObject({
    file: z.string().min(1).max(4096).describe('CSV file, seen from the folder of this file.').optional(),
    label: z.string().min(1).max(200).describe('Its column with what is true.').optional(),
  })
  .describe('Rows with labels that a candidate is judged by.');

/** What each gate may be told; a gate that is named is asked for. */
export const gateSettings = {
  schema: z.strictObject({ allowBreaking: z.boolean().optional() }).describe("Today's callers can go on: inputs that are gone, new ones that are required, other types."),
  metric: z.strictObject({ metric: metric.optional(), minimum: z.number().optional(), maximum: z.number().optional() }).describe('A metric over the evaluation rows, within bounds.'),
  change: z.strictObject({ metric: z.enum(['accuracy', 'auc', 'log-loss', 'brier', 'mae']).optional(), maximumLoss: z.number().min(0).optional() }).describe('How much worse than the live release it may be on the same rows: by the worse end of the 95 % interval.'),
  slices: z.strictObject({ metric: metric.optional(), columns: columns.optional(), minimum: z.number().optional(), maximum: z.number().optional(), minimumRows }).describe('The metric of the weakest slice: rows with one value of one of the columns.'),
  calibration: z
    .strictObject({ maximumError: share.optional(), bins: z.number().int().min(2).max(100).optional().describe('10 unless said.') })
    .describe('How far probabilities are from the shares of positives: the expected calibration error over bins of as many rows each.'),
  fairness: z
    .strictObject({ column: z.string().min(1).max(200).optional(), measure: z.enum(['demographic-parity', 'equalized-odds']).optional(), minimumRatio: share.optional(), minimumRows })
    .describe('The smallest rate of a group over the largest, as fairlearn defines it; 0.8 (four fifths) unless said.'),
  robustness: z
    .strictObject({ columns: columns.optional().describe('Inputs; all that are optional or texts unless said.'), maximumChanged: share.optional().describe('Share of answers that may change with any one of them.') })
    .describe('Evaluation rows are answered, not refused, with an optional input missing and with an unseen category in a text input.'),
  latency: z.strictObject({ p99Milliseconds: z.number().positive().optional() }).describe('p99 of 200 requests with the recorded example, one at a time, at a replica outside of the traffic.'),
  throughput: z.strictObject({ requestsPerSecond: z.number().positive().optional() }).describe('Requests a second with the recorded example, eight at once, at a replica outside of the traffic.'),
  size: z.strictObject({ modelMegabytes: z.number().positive().optional(), packages: z.number().int().positive().optional() }).describe('Megabytes of the files of the model, and how many packages its environment has.'),
  integrity: z.strictObject({ maximumDuplicates: share.optional(), maximumOverlap: share.optional() }).describe('Shares of training rows that are there twice, and of evaluation rows that are training rows.'),
  drift: z
    .strictObject({ maximumDistance: share.optional(), columns: columns.optional().describe('Inputs; all unless said.') })
    .describe('How far each input moved from the baseline of the live release to the training data of the candidate: Kolmogorov-Smirnov distance of numbers, total variation of categories, from 0 to 1.'),
  own: z
    .strictObject({
      command: z.array(z.string().min(1).max(4096).regex(/^\P{C}+$/u, 'must hold no control characters')).min(1).max(100).optional().describe('A program and what it is given, without a shell, in the folder of this file.'),
      timeoutSeconds: z.number().int().min(1).max(3600).optional().describe('How long it may take; 600 unless said.'),
    })
    .describe('A check of your own: it passes where the command ends with 0, and its last line is what is told.'),
} as const;

export const gateIds = ['schema', 'metric', 'change', 'slices', 'calibration', 'fairness', 'robustness', 'latency', 'throughput', 'size', 'integrity', 'drift', 'own'] as const;
export type GateId = (typeof gateIds)[number];
export type GateSettings = { readonly [Id in GateId]: z.infer<(typeof gateSettings)[Id]> };

export const gates = z
  .strictObject({
    schema: gateSettings.schema.optional(),
    metric: gateSettings.metric.optional(),
    change: gateSettings.change.optional(),
    slices: gateSettings.slices.optional(),
    calibration: gateSettings.calibration.optional(),
    fairness: gateSettings.fairness.optional(),
    robustness: gateSettings.robustness.optional(),
    latency: gateSettings.latency.optional(),
    throughput: gateSettings.throughput.optional(),
    size: gateSettings.size.optional(),
    integrity: gateSettings.integrity.optional(),
    drift: gateSettings.drift.optional(),
    own: gateSettings.own.optional(),
  })
  .describe('What a version has to pass before it may be promoted.');

/** What came of one gate. `not-evaluated` is no pass. */
export const gateResult = z.object({
  gate: orText(z.enum(gateIds)),
  state: orText(z.enum(['passed', 'failed', 'not-evaluated'])),
  /** Figures with intervals and how many rows they cover, or why it was not evaluated, as a sentence. */
  message: z.string(),
  /** Where it is asked for: `slipway.yaml:7`, or a tier. */
  source: z.string(),
  /** Somebody answers for it until a time. */
  waiver: z.object({ by: z.string(), reason: z.string(), until: timestamp }).optional(),
});
export type GateResult = z.infer<typeof gateResult>;

/** The gates of one version, the last time they were run. */
export const gateRun = z.object({
  model: z.string(),
  version: z.number().int(),
  state: orText(z.enum(['running', 'done', 'failed'])),
  /** What it does, or why it failed. */
  message: z.string(),
  /** Of the release that was judged, which is what would be shipped; absent until it is packaged. */
  release: digest.optional(),
  liveRelease: digest.optional(),
  results: z.array(gateResult),
  /** Every gate has passed, or somebody answers for it. */
  passed: z.boolean(),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  requestedBy: z.string(),
});
export type GateRun = z.infer<typeof gateRun>;

const versionInput = z.object({ model: z.string().min(1).max(256), version: z.coerce.number().int().positive() });

export const gateRoutes = {
  runGates: route({
    method: 'POST',
    path: '/gates/run',
    summary: 'Judge a version by the gates that its policy asks for, at a replica outside of the traffic. Answers at once',
    needsTrust: 'running the gates of a model',
    input: versionInput.extend({ version: z.union([z.number().int().positive(), z.string().regex(/^@?[\w-]+$/)]) }),
    output: gateRun,
  }),
  getGateRun: route({ method: 'GET', path: '/gates', summary: 'What came of the gates of a version the last time', panels: ['registry'], input: versionInput, output: gateRun }),
  cancelGateRun: route({ method: 'POST', path: '/gates/cancel', summary: 'End the run of the gates of a version; what came of them the time before stays', input: versionInput, output: z.object({ cancelled: z.boolean() }) }),
  waiveGate: route({
    method: 'POST',
    path: '/gates/waive',
    summary: 'Answer for a gate of a version that has not passed, until a time',
    needsTrust: 'waiving a gate',
    panels: ['promotion'],
    input: versionInput.extend({ gate: z.enum(gateIds), reason: z.string().trim().min(10, 'say why in at least 10 characters').max(2000), until: timestamp }),
    output: gateRun,
  }),
};
