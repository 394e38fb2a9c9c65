import type { ModelVersion } from '../../server/contract/registry.ts';

const most = 3;
const telling = [/(^|[_./-])(roc_)?auc/i, /(^|[_./-])f1/i, /accuracy|(^|[_./-])acc($|[_./-])/i, /(^|[_./-])r2/i, /rmse/i, /(log_?)?loss/i];
/** Values on held-out data tell more than those on training data. */
const training = /^(train|training)[_./-]/i;

/** The few metrics that tell versions apart best, for a table without room for all. */
export function headlineMetrics(versions: readonly ModelVersion[]): string[] {
  const names = [...new Set(versions.flatMap((version) => Object.keys(version.metrics)))];
  const rank = (name: string): number => {
    const place = telling.findIndex((pattern) => pattern.test(name));
    return (place < 0 ? telling.length : place) + (training.test(name) ? 100 : 0);
  };
  return names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b)).slice(0, most);
}
