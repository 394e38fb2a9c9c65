import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import type { Metric } from '../../contract/entities.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, Place } from './carried.ts';

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
  files(place: Place): Many<ArtifactFile>;
  read(place: Place, path: string): AsyncIterable<Uint8Array>;
  close(): void;
}
