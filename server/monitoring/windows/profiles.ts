import { createHash } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { ReleaseProfile } from './accumulate.ts';
import { baselineSource, firstExampleRow, takeBaseline, type Baseline, type BaselineInput } from '../baseline.ts';
import { parseColumn, serializeColumn, type Column } from '../columns/column.ts';
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

export interface Profiles {
  /** Undefined when there is no such release. Takes the baseline when it is asked for the first time. */
  of(release: string): Promise<ProfiledRelease | undefined>;
}

const predictionKey = 'prediction';
const storedColumns = z.object({ features: z.record(z.string(), z.string()), prediction: z.string().optional() });

/** Profiles of releases; their baselines are kept by the digests of the model and of its data. */
export function createProfiles(database: Database, facts: (release: string) => Promise<ReleaseFacts | undefined>): Profiles {
  const known = new Map<string, Promise<ProfiledRelease | undefined>>();
  const find = database.prepare<[string, string], { source: string; columns: string }>('SELECT source, columns FROM monitoring_baselines WHERE model = ? AND data = ?');
  const put = database.prepare<[string, string, string, string, number]>(
    'INSERT OR REPLACE INTO monitoring_baselines (model, data, source, columns, created_at) VALUES (?, ?, ?, ?, ?)',
  );

  const baselineOf = async (release: ReleaseFacts): Promise<Baseline> => {
    const data = dataKey(release);
    const stored = find.get(release.modelDigest, data);
    if (stored !== undefined) {
      return readBaseline(stored);
    }
    const baseline = await takeBaseline(release);
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
  const stored: z.infer<typeof storedColumns> = {
    features: Object.fromEntries([...features].map(([name, column]) => [name, serializeColumn(column)])),
    ...(prediction === undefined ? {} : { prediction: serializeColumn(prediction) }),
  };
  return JSON.stringify(stored);
}

function readBaseline(row: { source: string; columns: string }): Baseline {
  const { features, prediction } = storedColumns.parse(JSON.parse(row.columns));
  return {
    source: baselineSource.parse(row.source),
    features: new Map(Object.entries(features).map(([name, text]) => [name, parseColumn(text)])),
    prediction: prediction === undefined ? undefined : parseColumn(prediction),
  };
}
