import { z } from 'zod';
import { columnSummary } from './columnSummary.ts';
import { route } from './route.ts';
import { orUnknownKind } from './unknown.ts';
import { endpointName, timestamp } from './values.ts';

/** Where the values of a baseline come from. */
const baselineOrigin = z.discriminatedUnion('kind', [
  /** Given with the model, by `slipway.register(..., data=)`. */
  z.object({ kind: z.literal('training-rows') }),
  /** Of the data files that the run names, found by itself. */
  z.object({ kind: z.literal('training-files') }),
  z.object({ kind: z.literal('data-file'), path: z.string() }),
  z.object({ kind: z.literal('live-traffic'), endpoint: endpointName, from: timestamp, to: timestamp }),
  /** `statistics.json` of SageMaker Model Monitor. */
  z.object({ kind: z.literal('sagemaker'), path: z.string() }),
]);
export type BaselineOrigin = z.infer<typeof baselineOrigin>;
export const baselineOriginOrUnknown = orUnknownKind(baselineOrigin);

/** Statistics that live traffic of a model version is compared with. An input example is none. */
export const describedBaseline = z.object({
  id: z.string(),
  origin: baselineOriginOrUnknown,
  /** Null where it is not known. */
  rows: z.number().int().nullable(),
  columns: z.number().int(),
  takenAt: timestamp,
  /** Whether it is the one that is compared with. */
  isChosen: z.boolean(),
});
export type DescribedBaseline = z.infer<typeof describedBaseline>;

/** What a baseline is taken from; paths are whole, of files of the machine that the companion runs on. */
export const baselineTaken = z.discriminatedUnion('kind', [
  /** CSV with a line of names. */
  z.object({ kind: z.literal('data-file'), path: z.string().min(1) }),
  z.object({ kind: z.literal('live-traffic'), endpoint: endpointName, from: timestamp, to: timestamp }),
  z.object({ kind: z.literal('sagemaker'), statistics: z.string().min(1), constraints: z.string().min(1).optional() }),
]);
export type BaselineTaken = z.infer<typeof baselineTaken>;

/** One column of two baselines. */
export const comparedColumn = z.object({
  name: z.string(),
  one: orUnknownKind(columnSummary).nullable(),
  other: orUnknownKind(columnSummary).nullable(),
  /** The Kolmogorov-Smirnov distance of numbers, the total variation distance of categories, from 0 to 1; null where there is none. */
  distance: z.number().nullable(),
  /** Why there is none. */
  reason: z.string().optional(),
});
export type ComparedColumn = z.infer<typeof comparedColumn>;

const ofVersion = { name: z.string().min(1), version: z.coerce.number().int().positive() };
const path = '/models/:name/versions/:version/baselines';

export const baselineRoutes = {
  listBaselines: route({
    method: 'GET',
    path,
    summary: 'What live traffic of a model version can be compared with, and what it is compared with',
    panels: ['monitoring'],
    input: z.object(ofVersion),
    output: z.object({ baselines: z.array(describedBaseline) }),
  }),
  takeBaseline: route({
    method: 'POST',
    path,
    summary: 'Takes a baseline for a model version from a data file, a time of live traffic or the statistics of SageMaker Model Monitor',
    needsTrust: 'taking a baseline',
    input: z.object({
      ...ofVersion,
      from: baselineTaken,
      /** Compare with it from now on; else it is only kept, to be looked at and chosen later. */
      choose: z.boolean().default(true),
    }),
    output: describedBaseline,
  }),
  chooseBaseline: route({
    method: 'POST',
    path: `${path}/:id/choose`,
    summary: 'Compares live traffic of a model version with another of its baselines from now on',
    needsTrust: 'choosing a baseline',
    panels: ['monitoring'],
    input: z.object({ ...ofVersion, id: z.string().min(1) }),
    output: describedBaseline,
  }),
  compareBaselines: route({
    method: 'GET',
    path: `${path}/:id/compare`,
    summary: 'How far one baseline of a model version is from another, column by column',
    panels: ['monitoring'],
    input: z.object({ ...ofVersion, id: z.string().min(1), /** Of the other; the one that is chosen. */ with: z.string().optional() }),
    output: z.object({ one: describedBaseline, other: describedBaseline, columns: z.array(comparedColumn) }),
  }),
};
