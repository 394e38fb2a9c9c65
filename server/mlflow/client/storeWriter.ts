import type { Metric, ModelLink } from '../../contract/entities.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, Place } from './carried.ts';
import type { Soon, StoreReader } from './storeReader.ts';

/** What became of something that was to be carried. */
export interface Placed {
  /** Its id in the target. */
  readonly id: string;
  /** Where its files go there; empty for what has none. */
  readonly uri: string;
  readonly outcome: 'added' | 'present' | 'conflict';
  /** Why it is a conflict, or what of it was left as the target has it. */
  readonly findings: readonly string[];
}

/** A version as it is to be in the target: ids and locations are the target's. */
export interface PlacedRegisteredModel {
  readonly outcome: 'added' | 'present';
  readonly findings: readonly string[];
  readonly versions: number;
  readonly aliases: number;
  /** Versions that the target must not take, and why. */
  readonly leftOut?: ReadonlyMap<number, string>;
}

/** What a run gets last; the tags are those that name other runs, by the target's ids. */
export type RunEnd = Pick<CarriedRun, 'status' | 'endedAt' | 'stage' | 'tags'>;

/** Writes to a tracking store. Nothing that is there is ever overwritten; writing the same again changes nothing. */
export interface StoreWriter {
  readonly reader: StoreReader;
  /** True where runs and models keep their ids. */
  readonly keepsIds: boolean;
  experiment(experiment: CarriedExperiment, known: string | undefined): Soon<Placed>;
  /** The run without metrics, models and files; where ids are not kept also without tags that name other runs. @param filesStay its files are not carried: it goes on naming where they lie */
  run(run: CarriedRun, experimentId: string, known: string | undefined, filesStay: boolean): Soon<Placed>;
  /** @param written called when the points are in the store, where it can in the same transaction */
  points(experimentId: string, runId: string, points: readonly Metric[], written: () => void): Soon<void>;
  /** The model without files; run ids are the target's. */
  model(model: CarriedModel, experimentId: string, known: string | undefined, filesStay: boolean): Soon<Placed>;
  /** Which LoggedModels a run used and made; ids are the target's. */
  links(experimentId: string, runId: string, models: readonly ModelLink[]): Soon<void>;
  /** Replaces nothing: the caller has looked. @throws Problem `invalid-input` with the field `path` for a name that the store does not take */
  file(place: Place, path: string, content: AsyncIterable<Uint8Array>, bytes: number | undefined): Soon<void>;
  /** Status, end, lifecycle and tags that name other runs, once everything else is there; nothing where ids are kept. */
  finishRun(runId: string, run: RunEnd): Soon<void>;
  /** Deletes a model that is deleted in the source. */
  finishModel(modelId: string): Soon<void>;
  finishExperiment(experimentId: string, experiment: CarriedExperiment): Soon<void>;
  registeredModel(model: CarriedRegisteredModel): Soon<PlacedRegisteredModel>;
}
