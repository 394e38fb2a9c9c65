import type { Run } from '../contract/tracking.ts';
import type { CreatedRun } from '../tracking/tracking.ts';
import type { FigureStores } from './figures.ts';

/** What captured runs need of tracking. */
export interface CaptureTracking {
  createRun(run: { experimentName: string; name: string; startedAt: number; tags: Record<string, string> }): { runId: string; experimentId: string };
  logParams(runId: string, params: Readonly<Record<string, string>>): void;
  changeParams(runId: string, params: Readonly<Record<string, string>>): void;
  logMetrics(runId: string, metrics: readonly { key: string; value: number; step: number; at: number }[]): void;
  setTags(runId: string, tags: Readonly<Record<string, string>>): void;
  finishRun(runId: string, status: 'FINISHED' | 'FAILED' | 'KILLED', endedAt: number): void;
  run(runId: string): Run;
  /** False for a run that is deleted, or that is not there. */
  isActive(runId: string): boolean;
  /** A run that a client logged, wherever it is kept. */
  loggedRun(runId: string): Pick<Run, 'runId' | 'name' | 'experimentId' | 'startedAt' | 'models'>;
  /** The captured run that a run is the published copy of; else the same id. */
  captureOf(runId: string): string;
  /** False while a shared server keeps the runs: one that is unknown here may be there. */
  keepsAllRuns(): boolean;
  onRunCreated(listener: (created: CreatedRun) => void): void;
  onRunPurged(listener: (runId: string) => void): void;
  readonly stores: FigureStores;
}
