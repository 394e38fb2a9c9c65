import { withoutInfinity } from '../../contract/values.ts';
import { Problem } from '../../platform/errors.ts';
import type { Readers } from '../../platform/threads/readers.ts';
import type { Database } from '../../platform/database/database.ts';
import { parseExperimentId } from '../../tracking/local/experiments.ts';
import type { LoggedMetric } from '../../tracking/local/metrics.ts';
import { checkBatchLimit, invalidType, invalidValue, limits } from '../../platform/names.ts';
import type { RunRow } from '../../tracking/local/runs.ts';
import { readOffset } from '../../tracking/local/search/pageToken.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';
import {
  choice,
  integer,
  integerOr,
  keyValues,
  member,
  objects,
  requiredDouble,
  requiredInteger,
  requiredText,
  text,
  textOrEmpty,
  texts,
  toMap,
  readInteger,
  type Field,
} from '../message.ts';
import type { MlflowRead } from '../reads.ts';
import { done, route, type MlflowRoute } from '../route.ts';
import { createRunTexts } from '../runText.ts';
import { runInfoWire } from '../wire.ts';
import { viewType } from './experiments.ts';

const status = choice({ 1: 'RUNNING', 2: 'SCHEDULED', 3: 'FINISHED', 4: 'FAILED', 5: 'KILLED' } as const);

const mostResults = 50_000;

const metricDouble: Field<number> = { read: (value, name) => withoutInfinity(requiredDouble.read(value, name)) };

function checkTimestamp(at: number, path: string, { key, value }: { readonly key: string; readonly value: number }): number {
  if (at < 0) {
    throw invalidValue(path, at, `metric '${key}' (value=${Number.isInteger(value) ? value.toFixed(1) : value}). Timestamp must be a nonnegative long (64-bit integer) `);
  }
  return at;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

type MeasuredOn = Pick<LoggedMetric, 'datasetName' | 'datasetDigest'>;

/** A metric may say on which dataset it was measured, by name and digest. @throws Problem for one without the other */
function measuredOn(name: string | undefined, digest: string | undefined): MeasuredOn {
  const dataset = { datasetName: nonEmpty(name), datasetDigest: nonEmpty(digest) };
  if ((dataset.datasetName === undefined) !== (dataset.datasetDigest === undefined)) {
    throw new Problem('invalid-input', 'Both dataset_name and dataset_digest must be provided if one is provided', { field: 'dataset_name' });
  }
  return dataset;
}

const metricItems: Field<readonly LoggedMetric[]> = objects((item, path) => {
  const modelId = item['model_id'];
  const step = item['step'];
  const key = member(item, 'key', path, requiredText);
  const value = member(item, 'value', path, metricDouble);
  const hasDataset = item['dataset_name'] !== undefined || item['dataset_digest'] !== undefined;
  const dataset = hasDataset ? measuredOn(member(item, 'dataset_name', path, text), member(item, 'dataset_digest', path, text)) : undefined;
  return {
    key,
    value,
    at: checkTimestamp(member(item, 'timestamp', path, requiredInteger), `${path}.timestamp`, { key, value }),
    step: step === undefined || step === null ? 0 : readInteger(step, `${path}.step`),
    ...(typeof modelId === 'string' && modelId !== '' ? { modelId, ...dataset } : {}),
  };
});

/** Runs, their params, metrics and tags. */
export function runRoutes(tracking: LocalTracking, database: Database, readers: Readers<MlflowRead>): MlflowRoute[] {
  const { runs, logging, events } = tracking.stores;
  const runTexts = createRunTexts(database);
  const changed = (row: RunRow): object => {
    events.changed(row);
    return done;
  };

  const runAnswer = (row: RunRow): string => `{"run":${runTexts([row]).join('')}}`;

  return [
    route(
      'POST',
      '/runs/create',
      { experiment_id: text, user_id: textOrEmpty, run_name: text, start_time: integerOr(0), tags: keyValues },
      ({ experiment_id: experimentId, user_id: user, run_name: name, start_time: startedAt, tags }, { userName }) => {
        const row = runs.create({ experimentId: nonEmpty(experimentId) ?? '0', name, user, startedAt, tags: Object.fromEntries(toMap(tags)) });
        events.changed(row);
        tracking.runCreated({ runId: row.run_id, experimentId: String(row.experiment), startedAt, userName });
        return runAnswer(row);
      },
    ),
    route('GET', '/runs/get', { run_id: requiredText }, ({ run_id: runId }) => runAnswer(runs.find(runId))),
    route(
      'POST',
      '/runs/update',
      { run_id: requiredText, status, end_time: integer, run_name: text },
      ({ run_id: runId, status: next, end_time: endedAt, run_name: name }) => {
        const row = runs.update(runId, { status: next, endedAt, name });
        events.changed(row);
        return { run_info: runInfoWire(row) };
      },
    ),
    route('POST', '/runs/delete', { run_id: requiredText }, ({ run_id: runId }) => changed(runs.delete(runId))),
    route('POST', '/runs/restore', { run_id: requiredText }, ({ run_id: runId }) => changed(runs.restore(runId))),
    route(
      'POST',
      '/runs/log-metric',
      {
        run_id: requiredText,
        key: requiredText,
        value: metricDouble,
        timestamp: requiredInteger,
        step: integerOr(0),
        model_id: text,
        dataset_name: text,
        dataset_digest: text,
      },
      ({ run_id: runId, key, value, timestamp, step, model_id: modelId, dataset_name: datasetName, dataset_digest: datasetDigest }) => {
        const dataset = measuredOn(datasetName, datasetDigest);
        return changed(
          logging.logMetric(runId, {
            key,
            value,
            at: checkTimestamp(timestamp, 'timestamp', { key, value }),
            step,
            modelId: nonEmpty(modelId),
            ...dataset,
          }),
        );
      },
    ),
    route('POST', '/runs/log-parameter', { run_id: requiredText, key: requiredText, value: textOrEmpty }, ({ run_id: runId, key, value }) =>
      changed(logging.logParam(runId, { key, value })),
    ),
    route('POST', '/runs/set-tag', { run_id: requiredText, key: requiredText, value: textOrEmpty }, ({ run_id: runId, key, value }) =>
      changed(logging.setTag(runId, { key, value })),
    ),
    route('POST', '/runs/delete-tag', { run_id: requiredText, key: requiredText }, ({ run_id: runId, key }) => changed(runs.deleteTag(runId, key))),
    route(
      'POST',
      '/runs/log-batch',
      { run_id: requiredText, metrics: metricItems, params: keyValues, tags: keyValues },
      ({ run_id: runId, metrics, params, tags }) => {
        checkBatchLimit('metrics', limits.metricsPerBatch, metrics.length);
        return changed(logging.logBatch(runId, { metrics, params, tags }));
      },
    ),
    route(
      'POST',
      '/runs/search',
      { experiment_ids: texts, filter: text, run_view_type: viewType, max_results: integerOr(1000), order_by: texts, page_token: text },
      ({ experiment_ids: ids, filter, run_view_type: view, max_results: limit, order_by: orderBy, page_token: token }) => {
        if (limit > mostResults) {
          throw invalidType('max_results', limit, 'int');
        }
        if (limit < 1) {
          throw new Problem('invalid-input', `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer.`, { field: 'max_results' });
        }
        const query = { experiments: ids.map(parseExperimentId), filter, view: view ?? 'ACTIVE_ONLY', orderBy, offset: readOffset(token), limit };
        return readers.read({ surface: 'mlflow', read: 'runs', query });
      },
    ),
  ];
}
