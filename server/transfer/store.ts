import type { AdoptedVersion } from '../registry/local/contents.ts';
import type { Metric, Stage, ModelMetric, DatasetInput, ModelLink } from '../contract/entities.ts';
import type { AdoptedModel, AdoptedRun } from '../tracking/local/contents.ts';

/** What every tracking store holds, in one form: times are epoch milliseconds, ids are the store's own. */

export interface CarriedExperiment {
  readonly id: string;
  readonly name: string;
  readonly stage: Stage;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: ReadonlyMap<string, string>;
}

export interface CarriedRun extends Omit<AdoptedRun, 'runId' | 'experiment'> {
  readonly id: string;
  readonly experimentId: string;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly datasets: readonly DatasetInput[];
  readonly models: readonly ModelLink[];
}

export interface CarriedModel extends Omit<AdoptedModel, 'modelId' | 'modelType' | 'experiment'> {
  readonly id: string;
  readonly experimentId: string;
  readonly type: string | undefined;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly metrics: readonly ModelMetric[];
}

/** A deleted version is carried as a number that is never given again. */
export interface CarriedVersion extends AdoptedVersion {
  readonly source: string;
  /** Where its files lie; empty where it has none. */
  readonly location: string;
  readonly tags: ReadonlyMap<string, string>;
}

export interface CarriedRegisteredModel {
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: ReadonlyMap<string, string>;
  /** The oldest first. */
  readonly versions: readonly CarriedVersion[];
  readonly aliases: ReadonlyMap<string, number>;
}

/** Whose files: a run's or a LoggedModel's. */
export interface Place {
  readonly of: 'run' | 'model';
  readonly id: string;
  readonly experimentId: string;
  readonly uri: string;
}

export interface CarriedFile {
  /** Below the place, with slashes. */
  readonly path: string;
  /** Undefined where a listing does not tell. */
  readonly bytes: number | undefined;
}

/** A store on this machine gives at once what a server gives later. */
export type Many<T> = Iterable<T> | AsyncIterable<T>;
export type Soon<T> = T | Promise<T>;

/** Reads a tracking store as a whole. Iterations see what is there when they come to it. */
export interface StoreReader {
  /** Undefined where that would take a full read. */
  countRuns(): number | undefined;
  /** What the store holds and no transfer carries, and which names are others than in the store. */
  notes(): string[];
  experiments(): Many<CarriedExperiment>;
  /** Deleted ones too. */
  runs(experimentId: string): Many<CarriedRun>;
  run(experimentId: string, runId: string): Soon<CarriedRun | undefined>;
  /** The histories of a run's metrics in lots of any size; the order is the same each time. */
  points(run: CarriedRun): Many<readonly Metric[]>;
  models(experimentId: string): Many<CarriedModel>;
  model(experimentId: string, modelId: string): Soon<CarriedModel | undefined>;
  registeredModels(): Many<CarriedRegisteredModel>;
  registeredModel(name: string): Soon<CarriedRegisteredModel | undefined>;
  /** False for a place on a store that cannot be reached from here, such as a bucket. */
  readable(place: Place): boolean;
  /**
   * Every file of a place, in any order.
   * @throws Problem `unavailable` for a place that cannot be read from here
   */
  files(place: Place): Many<CarriedFile>;
  read(place: Place, path: string): AsyncIterable<Uint8Array>;
  close(): void;
}

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
