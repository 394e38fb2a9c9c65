import { createHash } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { ReleaseProfile } from './accumulate.ts';
import type { Signature } from '../../contract/registry.ts';
import { baselineSample, baselineSource, firstExampleRow, profileRows, takeBaseline, type Baseline, type BaselineInput } from '../baseline.ts';
import { readColumn, storeColumn, type Column } from '../columns/column.ts';
import { answerColumn, inputColumns, type Decision } from '../columns/columnSpec.ts';
import { z } from 'zod';

/** What the companion tells of a release. */
export interface ReleaseFacts extends BaselineInput {
  readonly modelDigest: string;
  readonly serving: Decision;
}

export interface ProfiledRelease extends ReleaseProfile {
  /** That of the training data; else the statistics of the input example, whose bins do for drawing. */
  readonly baseline: Baseline;
  /** The first row of the input example. */
  readonly example: ReadonlyMap<string, unknown>;
}

/** Rows that a model was trained on, in a CSV file. */
export interface GivenRows {
  readonly modelDigest: string;
  readonly signature: Signature;
  readonly file: string;
}

/** What became of them: how many there were, or the inputs that they lack. */
export type TakenRows = { readonly rows: number; readonly columns: number } | { readonly lacking: readonly string[] };

export interface Profiles {
  /** Undefined when there is no such release. Takes the baseline when it is asked for the first time. */
  of(release: string): Promise<ProfiledRelease | undefined>;
  /** Makes the statistics of rows the baseline of all releases of a model, before any other. */
  take(given: GivenRows): Promise<TakenRows>;
}

/** Stands in the place of the digest of data files for rows that were given with the model. */
const givenKey = 'given';

const predictionKey = 'prediction';
/** Statistics, and what was drawn from numeric columns as base64; those that were taken before have the former alone. */
const storedColumn = z.union([z.string().transform((statistics): { statistics: string; sample?: string } => ({ statistics })), z.object({ statistics: z.string(), sample: z.string().optional() })]);
const storedColumns = z.object({ features: z.record(z.string(), storedColumn), prediction: storedColumn.optional() });

/** Profiles of releases; their baselines are kept by the digests of the model and of its data. */
export function createProfiles(database: Database, facts: (release: string) => Promise<ReleaseFacts | undefined>): Profiles {
  const known = new Map<string, Promise<ProfiledRelease | undefined>>();
  const find = database.prepare<[string, string], { source: string; columns: string }>('SELECT source, columns FROM monitoring_baselines WHERE model = ? AND data = ?');
  const put = database.prepare<[string, string, string, string, number]>(
    'INSERT OR REPLACE INTO monitoring_baselines (model, data, source, columns, created_at) VALUES (?, ?, ?, ?, ?)',
  );

  const baselineOf = async (release: ReleaseFacts): Promise<Baseline> => {
    const given = find.get(release.modelDigest, givenKey);
    if (given !== undefined) {
      return readBaseline(given);
    }
    const data = dataKey(release);
    const stored = find.get(release.modelDigest, data);
    const kept = stored === undefined ? undefined : readBaseline(stored);
    if (kept !== undefined && (kept.source !== 'training-data' || isSampled(kept))) {
      return kept;
    }
    const baseline = await takeBaseline(release);
    if (kept !== undefined && baseline.source !== 'training-data') {
      return kept;
    }
    if (baseline.source !== 'none') {
      put.run(release.modelDigest, data, baseline.source, storeColumns(baseline), Date.now());
    }
    return baseline;
  };

  const describe = async (release: string): Promise<ProfiledRelease | undefined> => {
    const found = await facts(release);
    if (found === undefined) {
      return undefined;
    }
    const taken = await baselineOf(found);
    const prediction = answerColumn(found.signature, found.serving);
    // Labels of the training data say nothing about probabilities.
    const baseline = { ...taken, prediction: prediction?.kind === taken.prediction?.kind ? taken.prediction : undefined };
    const inputs = inputColumns(found.signature);
    return {
      baseline,
      example: firstExampleRow(found, inputs),
      inputs,
      prediction,
      grids: new Map([...baseline.features].flatMap(([name, column]) => gridOf(column, name))),
      predictionGrid: baseline.prediction === undefined ? undefined : gridOf(baseline.prediction, predictionKey)[0]?.[1],
    };
  };

  return {
    of(release) {
      let profile = known.get(release);
      if (profile === undefined) {
        profile = describe(release);
        known.set(release, profile);
        // An unknown release may be known later.
        profile.then(
          (found) => {
            if (found === undefined) {
              known.delete(release);
            }
          },
          () => known.delete(release),
        );
      }
      return profile;
    },
    async take({ modelDigest, signature, file }) {
      const profiled = await profileRows(file, signature);
      if ('lacking' in profiled) {
        return profiled;
      }
      const { baseline, rows } = profiled;
      put.run(modelDigest, givenKey, baseline.source, storeColumns(baseline), Date.now());
      known.clear();
      return { rows, columns: baseline.features.size };
    },
  };
}

function gridOf(column: Column, name: string): [string, NonNullable<ReleaseProfile['predictionGrid']>][] {
  return column.kind === 'numeric' && column.histogram !== null ? [[name, column.histogram.grid]] : [];
}

/** The example's answer comes later than the example, when the first replica has given it. */
function dataKey({ data, example }: ReleaseFacts): string {
  const parts = [...data.map(({ sha256 }) => sha256), JSON.stringify(example ?? null)];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

function storeColumns({ features, prediction }: Baseline): string {
  const store = (column: Column): z.infer<typeof storedColumn> => {
    const { statistics, sample } = storeColumn(column);
    return { statistics, ...(sample === null ? {} : { sample: Buffer.from(sample).toString('base64') }) };
  };
  const stored: z.infer<typeof storedColumns> = {
    features: Object.fromEntries([...features].map(([name, column]) => [name, store(column)])),
    ...(prediction === undefined ? {} : { prediction: store(prediction) }),
  };
  return JSON.stringify(stored);
}

/** Whether values were drawn from its numeric columns, which was not done at all times. */
function isSampled({ features }: Baseline): boolean {
  return [...features.values()].every((column) => column.kind === 'categorical' || column.sample.of === column.count);
}

function readBaseline(row: { source: string; columns: string }): Baseline {
  const { features, prediction } = storedColumns.parse(JSON.parse(row.columns));
  const read = ({ statistics, sample }: z.infer<typeof storedColumn>): Column =>
    readColumn({ statistics, sample: sample === undefined ? null : Buffer.from(sample, 'base64') }, baselineSample);
  return {
    source: baselineSource.parse(row.source),
    features: new Map(Object.entries(features).map(([name, text]) => [name, read(text)])),
    prediction: prediction === undefined ? undefined : read(prediction),
  };
}
