import { createHash } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { ReleaseProfile } from './accumulate.ts';
import type { Signature } from '../../contract/registry.ts';
import type { DescribedBaseline } from '../../contract/baselines.ts';
import { firstExampleRow, profileRows, rowsOf, takeBaseline, type Baseline, type BaselineInput } from '../baseline.ts';
import { createBaselineTable, givenKey, type KeptBaseline } from '../baselines/baselineTable.ts';
import type { Column } from '../columns/column.ts';
import { answerColumn, inputColumns, type Decision } from '../columns/columnSpec.ts';

/** What the companion tells of a release. */
export interface ReleaseFacts extends BaselineInput {
  readonly modelDigest: string;
  readonly serving: Decision;
}

export interface ProfiledRelease extends ReleaseProfile {
  /** That of the training data; else the statistics of the input example, whose bins do for drawing. */
  readonly baseline: Baseline;
  /** What it is; undefined for an input example, which is none. */
  readonly described: DescribedBaseline | undefined;
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
  /** Baselines are looked up anew. */
  forget(): void;
}

const predictionKey = 'prediction';

/** Profiles of releases; their baselines are kept by the digests of the model and of its data. */
export function createProfiles(database: Database, facts: (release: string) => Promise<ReleaseFacts | undefined>): Profiles {
  const known = new Map<string, Promise<ProfiledRelease | undefined>>();
  const table = createBaselineTable(database);

  const baselineOf = async (release: ReleaseFacts): Promise<KeptBaseline> => {
    const chosen = table.chosen(release.modelDigest);
    if (chosen !== undefined) {
      return chosen;
    }
    const data = dataKey(release);
    const kept = table.found(release.modelDigest, data);
    if (kept !== undefined && (kept.baseline.source !== 'training-data' || isSampled(kept.baseline))) {
      return kept;
    }
    const baseline = await takeBaseline(release);
    if (kept !== undefined && baseline.source !== 'training-data') {
      return kept;
    }
    if (baseline.source === 'none') {
      return { baseline, described: undefined };
    }
    return table.putFound(release.modelDigest, data, baseline, rowsOf(baseline, inputColumns(release.signature)) ?? null);
  };

  const describe = async (release: string): Promise<ProfiledRelease | undefined> => {
    const found = await facts(release);
    if (found === undefined) {
      return undefined;
    }
    const { baseline: taken, described } = await baselineOf(found);
    const prediction = answerColumn(found.signature, found.serving);
    // Labels of the training data say nothing about probabilities.
    const baseline = { ...taken, prediction: prediction?.kind === taken.prediction?.kind ? taken.prediction : undefined };
    const inputs = inputColumns(found.signature);
    return {
      baseline,
      described,
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
      table.putTaken(modelDigest, { id: givenKey, origin: { kind: 'training-rows' }, rows, choose: true }, baseline);
      known.clear();
      return { rows, columns: baseline.features.size };
    },
    forget: () => known.clear(),
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

/** Whether values were drawn from its numeric columns, which was not done at all times. */
function isSampled({ features }: Baseline): boolean {
  return [...features.values()].every((column) => column.kind === 'categorical' || column.sample.of === column.count);
}
