import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import type { Readers } from '../../platform/threads/readers.ts';
import { readPythonJson, writePythonJson } from '../../platform/pythonJson.ts';
import { parseExperimentId } from '../../tracking/local/experiments.ts';
import type { LoggedModel, LoggedModelRow } from '../../tracking/local/loggedModels.ts';
import { missingValue } from '../../platform/names.ts';
import { decodeToken } from '../../tracking/local/search/pageToken.ts';
import type { DatasetChoice, ModelOrder } from '../../tracking/local/search/loggedModelSearch.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';
import { choice, flag, integer, keyValues, member, objects, required, requiredText, text, textOrEmpty, texts, type KeyValue } from '../message.ts';
import { listFolder } from '../artifactList.ts';
import type { MlflowRead } from '../reads.ts';
import { done, route, type MlflowRoute } from '../route.ts';
import { loggedModelWire } from '../wire.ts';

const status = choice({ 1: 'LOGGED_MODEL_PENDING', 2: 'LOGGED_MODEL_READY', 3: 'LOGGED_MODEL_UPLOAD_FAILED' } as const);

const defaultResults = 100;

const datasetItems = objects((item, path) => {
  const name = member(item, 'dataset_name', path, textOrEmpty);
  if (name === '') {
    throw new Problem('invalid-input', '`dataset_name` in the `datasets` clause must be specified.', { field: 'datasets' });
  }
  return { name, digest: member(item, 'dataset_digest', path, text) };
});

const orderItems = objects((item, path): ModelOrder => {
  const name = member(item, 'dataset_name', path, text);
  const digest = member(item, 'dataset_digest', path, text);
  return {
    field: member(item, 'field_name', path, textOrEmpty).trim(),
    ascending: member(item, 'ascending', path, flag) ?? true,
    ...(name === undefined && digest === undefined ? {} : { dataset: { name, digest } }),
  };
});

interface ModelQuery {
  readonly ids: readonly string[];
  readonly filter: string;
  readonly orderBy: readonly ModelOrder[];
  readonly datasets: readonly DatasetChoice[];
}

/** A token belongs to the query that it came from; each part has the name that errors call it by. */
function tokenParts({ ids, filter, orderBy, datasets }: ModelQuery): Readonly<Record<string, string>> {
  return { 'Experiment IDs': JSON.stringify(ids), 'Filter string': filter, 'Order by': JSON.stringify(orderBy), Datasets: JSON.stringify(datasets) };
}

/** Where the page of a token begins, 0 without one. @throws Problem for the token of another query */
function readModelToken(token: string | undefined, query: ModelQuery): number {
  if (token === undefined || token === '') {
    return 0;
  }
  const decoded = decodeToken(token);
  for (const [part, asked] of Object.entries(tokenParts(query))) {
    if (decoded[part] !== asked) {
      const verb = part.endsWith('s') ? 'do' : 'does';
      throw new Problem('invalid-input', `${part} in the page token ${verb} not match the requested ${part.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase())}.`, {
        field: 'page_token',
      });
    }
  }
  const { offset } = decoded;
  if (typeof offset !== 'number') {
    throw new Problem('invalid-input', `Invalid page token, parsed value=${JSON.stringify(offset)}`, { field: 'page_token' });
  }
  return offset;
}

function entries(items: readonly KeyValue[]): (readonly [string, string])[] {
  return items.map(({ key, value }) => [key, value]);
}

const versionsTag = 'mlflow.modelVersions';

const listedVersion = z.looseObject({ name: z.string(), version: z.union([z.number(), z.string()]) });
type ListedVersion = z.infer<typeof listedVersion>;

/** Clients add a version that they registered, its number as text, to the list in this tag, as the server has done already. */
function withoutRepeats({ key, value }: KeyValue): readonly [string, string] {
  const list = key === versionsTag ? z.array(listedVersion).safeParse(readPythonJson(value)) : undefined;
  if (list?.data === undefined) {
    return [key, value];
  }
  const same = (a: ListedVersion, b: ListedVersion): boolean => a.name === b.name && String(a.version) === String(b.version);
  return [key, writePythonJson(list.data.filter((item, index, all) => all.findIndex((other) => same(other, item)) === index))];
}

/** LoggedModels: models that belong to a run before and beside their registration. */
export function loggedModelRoutes(tracking: LocalTracking, readers: Readers<MlflowRead>): MlflowRoute[] {
  const { models, runs, events, artifacts } = tracking.stores;
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
      ({ experiment_ids: ids, filter = '', datasets, max_results: most, order_by: orderBy, page_token: token }) => {
        const limit = most === undefined || most === 0 ? defaultResults : most;
        if (limit < 1) {
          throw new Problem('invalid-input', `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`, { field: 'max_results' });
        }
        const asked = { ids, filter, orderBy, datasets };
        const offset = readModelToken(token, asked);
        const query = { experiments: ids.map(parseExperimentId), filter, datasets, orderBy, offset, limit };
        return readers.read({ surface: 'mlflow', read: 'logged-models', query, tokenParts: tokenParts(asked) });
      },
    ),
    route('GET', '/logged-models/{model_id}', { model_id: requiredText, allow_deleted: flag }, ({ model_id: id, allow_deleted: deletedToo }) =>
      answer(deletedToo === true ? models.getDeleted(id) : models.get(id)),
    ),
    route('PATCH', '/logged-models/{model_id}', { model_id: requiredText, status }, ({ model_id: id, status: next }) => {
      if (next === undefined) {
        throw missingValue('status');
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
    route('PATCH', '/logged-models/{model_id}/tags', { model_id: requiredText, tags: keyValues }, ({ model_id: id, tags }) => {
      announce(models.setTags(id, tags.map(withoutRepeats)).row);
      return done;
    }),
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
