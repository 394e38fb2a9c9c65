import type { DatasetInput, LoggedModelStatus, ModelLink, ModelMetric, Stage } from '../../contract/entities.ts';
import type { RunStatus } from '../../contract/tracking.ts';

/** What every tracking store holds, in one form: times are epoch milliseconds, ids are the store's own. */

export interface CarriedExperiment {
  readonly id: string;
  readonly name: string;
  readonly stage: Stage;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: ReadonlyMap<string, string>;
}

export interface CarriedRun {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly user: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly stage: Stage;
  readonly deletedAt: number | undefined;
  readonly artifactUri: string;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly datasets: readonly DatasetInput[];
  readonly models: readonly ModelLink[];
}

export interface CarriedModel {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly sourceRunId: string | undefined;
  readonly status: LoggedModelStatus;
  readonly statusMessage: string | undefined;
  readonly stage: Stage;
  readonly artifactUri: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly metrics: readonly ModelMetric[];
}

/** A deleted version is carried as a number that is never given again. */
export interface CarriedVersion {
  readonly version: number;
  readonly deleted: boolean;
  readonly stage: string;
  readonly description: string | undefined;
  readonly user: string | undefined;
  readonly source: string;
  /** Where its files lie; empty where it has none. */
  readonly location: string;
  readonly runId: string | undefined;
  readonly runLink: string | undefined;
  readonly modelId: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
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
