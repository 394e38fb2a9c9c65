import type { RegisteredModel } from './registry.ts';
import type { Run } from './tracking.ts';
import { parentRunTag } from './nestedRuns.ts';

/** The filter that passes the runs that were started within a run; undefined for an id that no client gives. */
export function childrenFilter(runId: string): string | undefined {
  return /^[\w-]{1,64}$/.test(runId) ? `tags."${parentRunTag}" = '${runId}'` : undefined;
}

/** A version of a registered model that a run logged. */
export interface VersionOfRun {
  readonly model: string;
  readonly version: number;
  readonly aliases: readonly string[];
}

/** The versions that a run's models became, by model, the newest first. */
export function versionsOfRun({ runId, models }: Pick<Run, 'runId' | 'models'>, registered: readonly RegisteredModel[]): readonly VersionOfRun[] {
  const own = new Set(models.map(({ modelId }) => modelId));
  return registered.flatMap(({ name, versions }) =>
    versions.filter(({ lineage, modelId }) => lineage.runId === runId || (modelId !== undefined && own.has(modelId))).map(({ version, aliases }) => ({ model: name, version, aliases })),
  );
}

/** Where a run's code came from, in words: its cell, else what MLflow notes; undefined where nothing does. */
export function sourceOf({ cell, tags }: Pick<Run, 'cell' | 'tags'>): string | undefined {
  return cell === undefined ? (tags['slipway.notebook'] ?? tags['mlflow.source.name']) : `${cell.notebook}, cell ${cell.cellIndex + 1}`;
}
