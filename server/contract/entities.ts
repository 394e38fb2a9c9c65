/** What experiments, runs and models hold, in every store: times are epoch milliseconds, numbers are doubles as they are. */

export type Stage = 'active' | 'deleted';

export interface MetricPoint {
  readonly step: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

export interface Metric extends MetricPoint {
  readonly key: string;
}

/** A metric of a LoggedModel, by the run that logged it. */
export interface ModelMetric extends Metric {
  readonly runId: string;
  readonly datasetName: string | undefined;
  readonly datasetDigest: string | undefined;
}

export interface Dataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | undefined;
  readonly profile: string | undefined;
}

export interface DatasetInput {
  readonly dataset: Dataset;
  readonly tags: Readonly<Record<string, string>>;
}

/** A LoggedModel that a run used or made. */
export interface ModelLink {
  readonly direction: 'input' | 'output';
  readonly modelId: string;
  readonly step: number;
}

/** By MLflow's numbers, from 1 on. */
export const modelStatuses = ['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'] as const;
export type LoggedModelStatus = (typeof modelStatuses)[number];
