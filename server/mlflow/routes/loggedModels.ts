import { Problem } from '../../errors.ts';
import { parseExperimentId } from '../../tracking/experiments.ts';
import type { LoggedModel, LoggedModelRow } from '../../tracking/loggedModels.ts';
import { decodeToken, encodeToken } from '../../tracking/search/pageToken.ts';
import type { ModelOrder } from '../../tracking/search/loggedModelSearch.ts';
import type { Tracking } from '../../tracking/tracking.ts';
import { choice, flag, integer, keyValues, member, objects, required, requiredText, text, texts, type KeyValue } from '../message.ts';
import { listFolder } from '../artifactList.ts';
import { done, route, type MlflowRoute } from '../route.ts';
import { loggedModelWire } from '../wire.ts';

const status = choice({ 1: 'LOGGED_MODEL_PENDING', 2: 'LOGGED_MODEL_READY', 3: 'LOGGED_MODEL_UPLOAD_FAILED' } as const);

const defaultResults = 100;

const datasetItems = objects((item, path) => ({
  name: member(item, 'dataset_name', path, requiredText),
  digest: member(item, 'dataset_digest', path, text),
}));

const orderItems = objects((item, path): ModelOrder => {
  const name = member(item, 'dataset_name', path, text);
  const digest = member(item, 'dataset_digest', path, text);
  if (digest !== undefined && name === undefined) {
    throw new Problem('invalid-input', '`dataset_digest` can only be specified if `dataset_name` is also specified.', { field: path });
  }
  return {
    field: member(item, 'field_name', path, requiredText).trim(),
    ascending: member(item, 'ascending', path, flag) ?? true,
    ...(name === undefined ? {} : { dataset: { name, digest } }),
  };
});

function entries(items: readonly KeyValue[]): (readonly [string, string])[] {
  return items.map(({ key, value }) => [key, value]);
}

const versionsTag = 'mlflow.modelVersions';

/** Clients add a version that they registered to the list in this tag, as the server has done already. */
function withoutRepeats({ key, value }: KeyValue): readonly [string, string] {
  if (key !== versionsTag) {
    return [key, value];
  }
  try {
    const list: unknown = JSON.parse(value);
    return [key, Array.isArray(list) ? JSON.stringify([...new Map(list.map((item) => [JSON.stringify(item), item as unknown])).values()]) : value];
  } catch {
    return [key, value];
  }
}

/** LoggedModels: models that belong to a run before and beside their registration. */
export function loggedModelRoutes(tracking: Tracking): MlflowRoute[] {
  const { models, runs, events, artifacts, searchModels } = tracking.stores;
  const answer = (model: LoggedModel): object => ({ model: loggedModelWire(model) });

  /** The run that made a model shows it. */
  const announce = ({ source_run_id: runId }: LoggedModelRow): void => {
    try {
      if (runId !== null) {
        events.changed(runs.find(runId));
      }
    } catch {
      // Models may name runs of another server.
    }
  };
  const changed = (model: LoggedModel): object => {
    announce(model.row);
    return answer(model);
  };

  return [
    route(
      'POST',
      '/logged-models',
      { experiment_id: requiredText, name: text, model_type: text, source_run_id: text, params: keyValues, tags: keyValues },
      ({ experiment_id: experimentId, name, model_type: modelType, source_run_id: sourceRunId, params, tags }) =>
        changed(
          models.create({
            experimentId,
            name,
            modelType,
            sourceRunId: sourceRunId === '' ? undefined : sourceRunId,
            params: entries(params),
            tags: entries(tags),
          }),
        ),
    ),
    route(
      'POST',
      '/logged-models/search',
      { experiment_ids: required(texts), filter: text, datasets: datasetItems, max_results: integer, order_by: orderItems, page_token: text },
      ({ experiment_ids: ids, filter = '', datasets, max_results: asked, order_by: orderBy, page_token: token }) => {
        const limit = asked === undefined || asked === 0 ? defaultResults : asked;
        if (limit < 1) {
          throw new Problem('invalid-input', `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`, { field: 'max_results' });
        }
        // A token belongs to the query that it came from.
        const query = JSON.stringify([ids, filter, orderBy, datasets]);
        let offset = 0;
        if (token !== undefined && token !== '') {
          const decoded = decodeToken(token);
          if (decoded['query'] !== query || typeof decoded['offset'] !== 'number') {
            throw new Problem('invalid-input', 'The page token does not match the requested experiment IDs, filter string, datasets or order by.', {
              field: 'page_token',
            });
          }
          offset = decoded['offset'];
        }
        const rows = searchModels({ experiments: ids.map(parseExperimentId), filter, datasets, orderBy, offset, limit: limit + 1 });
        const page = models.describe(rows.slice(0, limit)).map(loggedModelWire);
        return {
          ...(page.length === 0 ? {} : { models: page }),
          ...(rows.length > limit ? { next_page_token: encodeToken({ query, offset: offset + limit }) } : {}),
        };
      },
    ),
    route('GET', '/logged-models/{model_id}', { model_id: requiredText }, ({ model_id: id }) => answer(models.get(id))),
    route('PATCH', '/logged-models/{model_id}', { model_id: requiredText, status }, ({ model_id: id, status: next }) => {
      if (next === undefined) {
        throw new Problem('invalid-input', `Missing value for required parameter 'status'.`, { field: 'status' });
      }
      const model = models.setStatus(id, next);
      if (next === 'LOGGED_MODEL_READY') {
        tracking.modelLogged({ modelId: id, runId: model.row.source_run_id ?? undefined, name: model.row.name });
      }
      return changed(model);
    }),
    route('DELETE', '/logged-models/{model_id}', { model_id: requiredText }, ({ model_id: id }) => {
      announce(models.delete(id));
      return done;
    }),
    route('POST', '/logged-models/{model_id}/params', { model_id: requiredText, params: keyValues }, ({ model_id: id, params }) => {
      models.addParams(id, entries(params));
      return done;
    }),
    route('PATCH', '/logged-models/{model_id}/tags', { model_id: requiredText, tags: keyValues }, ({ model_id: id, tags }) =>
      changed(models.setTags(id, tags.map(withoutRepeats))),
    ),
    route('DELETE', '/logged-models/{model_id}/tags/{tag_key}', { model_id: requiredText, tag_key: requiredText }, ({ model_id: id, tag_key: key }) => {
      models.deleteTag(id, key);
      return done;
    }),
    route(
      'GET',
      '/logged-models/{model_id}/artifacts/directories',
      { model_id: requiredText, artifact_directory_path: text },
      ({ model_id: id, artifact_directory_path: path = '' }) => listFolder(models.find(id).artifact_uri, path, artifacts),
    ),
  ];
}
