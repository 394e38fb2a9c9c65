import { Problem } from '../../platform/errors.ts';
import type { Readers } from '../../platform/threads/readers.ts';
import { readOffset } from '../../tracking/local/search/pageToken.ts';
import { seeDocs } from '../../platform/names.ts';
import { integer, integerOr, required, requiredText, text, texts } from '../message.ts';
import type { MlflowRead } from '../reads.ts';
import { requireIds } from '../requireIds.ts';
import { route, type MlflowRoute } from '../route.ts';

const mostRuns = 100;
const mostBulk = 25_000;
const mostPerRun = 2500;

/** Histories of metrics. */
export function metricRoutes(readers: Readers<MlflowRead>): MlflowRoute[] {
  return [
    route(
      'GET',
      '/metrics/get-history',
      { run_id: requiredText, metric_key: requiredText, max_results: integer, page_token: text },
      ({ run_id: runId, metric_key: key, max_results: asked, page_token: token }) => {
        if (asked !== undefined && asked < 1) {
          throw new Problem('invalid-input', `Invalid value ${asked} for parameter 'max_results' supplied. It must be a positive integer.`, { field: 'max_results' });
        }
        return readers.read({ surface: 'mlflow', read: 'history', runId, key, offset: readOffset(token), limit: asked });
      },
    ),
    route(
      'GET',
      '/metrics/get-history-bulk',
      { run_id: texts, metric_key: text, max_results: integerOr(mostBulk) },
      ({ run_id: runIds, metric_key: key, max_results: asked }) => {
        requireIds({ request: 'GetMetricHistoryBulk', ids: runIds, of: 'run_id', field: 'run_id', most: mostRuns });
        if (key === undefined) {
          throw new Problem('invalid-input', 'GetMetricHistoryBulk request must specify a metric_key.', { field: 'metric_key' });
        }
        return readers.read({ surface: 'mlflow', read: 'histories', runIds: [...new Set(runIds)].sort(), key, limit: Math.max(0, Math.min(asked, mostBulk)) });
      },
    ),
    route(
      'GET',
      '/metrics/get-history-bulk-interval',
      { run_ids: required(texts), metric_key: requiredText, start_step: integer, end_step: integer, max_results: integerOr(mostPerRun) },
      ({ run_ids: runIds, metric_key: key, start_step: from, end_step: to, max_results: limit }) => {
        if (runIds.length > mostRuns) {
          throw new Problem(
            'invalid-input',
            `GetMetricHistoryBulkInterval request must specify at most ${mostRuns} run_ids. Received ${runIds.length} run_ids.`,
            { field: 'run_ids' },
          );
        }
        if (limit < 1 || limit > mostPerRun) {
          throw new Problem('invalid-input', `max_results must be between 1 and ${mostPerRun}.${seeDocs}`, { field: 'max_results' });
        }
        if ((from === undefined) !== (to === undefined)) {
          throw new Problem('invalid-input', 'If either start step or end step are specified, both must be specified.', { field: 'start_step' });
        }
        if (from !== undefined && to !== undefined && from > to) {
          throw new Problem('invalid-input', `end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`, { field: 'end_step' });
        }
        const steps = from === undefined || to === undefined ? undefined : { from, to };
        return readers.read({ surface: 'mlflow', read: 'curves', runIds, key, limit, steps });
      },
    ),
  ];
}
