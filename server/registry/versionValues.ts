import type { ModelVersion } from '../contract/registry.ts';
import type { LoggedModel } from '../tracking/local/loggedModels.ts';
import type { RunDetails } from '../tracking/local/runDetails.ts';
import { toWire } from '../contract/metricValues.ts';

/**
 * Params and metrics of a version: the run's, unless the run logged several models, such as checkpoints; then each has its own.
 * A run with one model says more than the model does: MLflow copies only the metrics of one step to it.
 */
export function valuesOf(
  run: Pick<RunDetails, 'params' | 'metrics'> | undefined,
  model: Pick<LoggedModel, 'params' | 'metrics'> | undefined,
  onlyModel: boolean,
): Pick<ModelVersion, 'params' | 'metrics'> {
  // The points of a model come in the order of their times, so that the latest wins.
  const ofModel = [...(model?.metrics ?? [])].sort((a, b) => a.at - b.at || a.step - b.step);
  const ofRun = run?.metrics ?? [];
  return {
    params: { ...Object.fromEntries(run?.params ?? []), ...Object.fromEntries(model?.params ?? []) },
    metrics: Object.fromEntries((onlyModel ? [...ofModel, ...ofRun] : [...ofRun, ...ofModel]).map(({ key, value }) => [key, toWire(value)])),
  };
}
