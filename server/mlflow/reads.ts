import { createAliases } from '../registry/local/aliases.ts';
import { createModelVersions } from '../registry/local/modelVersions.ts';
import { createRegisteredModels } from '../registry/local/registeredModels.ts';
import { createRegistrySearch, type RegistryQuery } from '../registry/local/search.ts';
import type { Database } from '../platform/database/database.ts';
import type { StepRange } from '../tracking/local/metricCurves.ts';
import { toWire } from '../contract/metricValues.ts';
import type { MetricPoint } from '../contract/entities.ts';
import type { ReadStores } from '../tracking/local/readStores.ts';
import type { ExperimentQuery } from '../tracking/local/search/experimentSearch.ts';
import type { LoggedModelQuery } from '../tracking/local/search/loggedModelSearch.ts';
import { encodeToken } from '../tracking/local/search/pageToken.ts';
import type { RunQuery } from '../tracking/local/search/runSearch.ts';
import { createRegistryWire } from './registryWire.ts';
import { createRunTexts } from './runText.ts';
import { experimentWire, loggedModelWire } from './wire.ts';

/** A page of a search. */
type Paged<Query> = Query & { readonly offset: number };

/** Reads of this surface that may take long; the requests are checked already. */
export type MlflowRead = { readonly surface: 'mlflow' } & (
  | { readonly read: 'experiments'; readonly query: Paged<ExperimentQuery> }
  /** The next page's token repeats what the search asked for. */
  | { readonly read: 'logged-models'; readonly query: Paged<LoggedModelQuery>; readonly tokenParts: Readonly<Record<string, string>> }
  | { readonly read: 'model-versions'; readonly query: Paged<RegistryQuery> }
  | { readonly read: 'registered-models'; readonly query: Paged<RegistryQuery> }
  | { readonly read: 'runs'; readonly query: Paged<RunQuery> }
  | { readonly read: 'history'; readonly runId: string; readonly key: string; readonly offset: number; readonly limit: number | undefined }
  /** At most `limit` points in all. */
  | { readonly read: 'histories'; readonly runIds: readonly string[]; readonly key: string; readonly limit: number }
  /** At most about `limit` points of each run. */
  | { readonly read: 'curves'; readonly runIds: readonly string[]; readonly key: string; readonly limit: number; readonly steps: StepRange | undefined }
);

const runsPerPiece = 100;
const itemsPerPiece = 500;
const pointsPerPiece = 5000;

/** Texts of points of one metric, and of one run where it is named. */
function pointTexts(key: string, runId?: string): (point: MetricPoint) => string {
  const start = `{"key":${JSON.stringify(key)},"value":`;
  const end = runId === undefined ? '}' : `,"run_id":${JSON.stringify(runId)}}`;
  return ({ value, at, step }) => `${start}${Number.isFinite(value) ? value : JSON.stringify(toWire(value))},"timestamp":${at},"step":${step}${end}`;
}

/** Items joined to texts of a size that is sent at once. */
function* inPieces(items: Iterable<string>): Generator<string> {
  let piece: string[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length === pointsPerPiece) {
      yield piece.join(',');
      piece = [];
    }
  }
  if (piece.length > 0) {
    yield piece.join(',');
  }
}

interface ListAnswer {
  readonly name: string;
  /** Texts of one or more items each. */
  readonly items: Iterable<string>;
  /** Another member of the answer, asked for once the items are read. */
  readonly end?: () => string | undefined;
}

/** Pieces of an answer that is one list, which is left out where it has no items; the last piece is returned. */
function* listAnswer({ name, items, end }: ListAnswer): Generator<string, string> {
  let held: string | undefined;
  for (const piece of items) {
    if (held !== undefined) {
      yield held;
    }
    held = `${held === undefined ? `{"${name}":[` : ','}${piece}`;
  }
  const last = end?.();
  if (held === undefined) {
    return `{${last ?? ''}}`;
  }
  return `${held}]${last === undefined ? '' : `,${last}`}}`;
}

function nextPage(offset: number, parts: Readonly<Record<string, string>> = {}): string {
  return `"next_page_token":${JSON.stringify(encodeToken({ ...parts, offset }))}`;
}

/** Answers reads as pieces of JSON text, each made when it is asked for. */
export function createMlflowReads(database: Database, stores: ReadStores): (read: MlflowRead) => Iterator<string, string> {
  const { experiments, runs, metrics, models, curves, searchExperiments, searchModels, searchRuns } = stores;
  const runTexts = createRunTexts(database);
  const registered = createRegisteredModels(database);
  const registryWire = createRegistryWire({ models: registered, versions: createModelVersions(database, registered), aliases: createAliases(database) });
  const registry = createRegistrySearch(database);

  /** A page of a search; one row more than asked for says that there is another page. */
  const page = <Row, Query extends { readonly offset: number; readonly limit: number }>(
    name: string,
    query: Query,
    find: (query: Query) => Row[],
    wire: (rows: readonly Row[]) => object[],
    tokenParts?: Readonly<Record<string, string>>,
  ): Iterator<string, string> => {
    const found = find({ ...query, limit: query.limit + 1 });
    const items = function* (): Generator<string> {
      for (let start = 0; start < Math.min(found.length, query.limit); start += itemsPerPiece) {
        yield wire(found.slice(start, Math.min(start + itemsPerPiece, query.limit)))
          .map((item) => JSON.stringify(item))
          .join(',');
      }
    };
    return listAnswer({ name, items: items(), end: () => (found.length > query.limit ? nextPage(query.offset + query.limit, tokenParts) : undefined) });
  };

  const search = (query: Paged<RunQuery>): Iterator<string, string> => {
    const found = searchRuns({ ...query, limit: query.limit + 1 });
    const rows = found.slice(0, query.limit);
    const items = function* (): Generator<string> {
      for (let start = 0; start < rows.length; start += runsPerPiece) {
        yield runTexts(rows.slice(start, start + runsPerPiece)).join(',');
      }
    };
    return listAnswer({ name: 'runs', items: items(), end: () => (found.length > query.limit ? nextPage(query.offset + query.limit) : undefined) });
  };

  const history = (runId: string, key: string, offset: number, limit: number | undefined): Iterator<string, string> => {
    let count = 0;
    let more = false;
    const items = function* (): Generator<string> {
      const textOf = pointTexts(key);
      const [run] = runs.known([runId]);
      for (const point of run === undefined ? [] : metrics.history(run, key, offset, limit === undefined ? undefined : limit + 1)) {
        if (count === limit) {
          more = true;
          return;
        }
        count += 1;
        yield textOf(point);
      }
    };
    return listAnswer({ name: 'metrics', items: inPieces(items()), end: () => (more ? nextPage(offset + count) : undefined) });
  };

  const histories = (runIds: readonly string[], key: string, limit: number): Iterator<string, string> => {
    let left = limit;
    const items = function* (): Generator<string> {
      for (const row of runs.known(runIds)) {
        const textOf = pointTexts(key, row.run_id);
        for (const point of left > 0 ? metrics.history(row, key, 0, left) : []) {
          left -= 1;
          yield textOf(point);
        }
      }
    };
    return listAnswer({ name: 'metrics', items: inPieces(items()), end: () => (left === limit ? '"metrics":[]' : undefined) });
  };

  const sampled = (runIds: readonly string[], key: string, limit: number, steps: StepRange | undefined): Iterator<string, string> => {
    const rows = runs.known(runIds);
    const items = function* (): Generator<string> {
      for (const row of rows) {
        const points = curves.sample(row.id, key, limit, steps);
        if (points.length > 0) {
          yield points.map(pointTexts(key, row.run_id)).join(',');
        }
      }
    };
    return listAnswer({ name: 'metrics', items: items() });
  };

  return (read) => {
    switch (read.read) {
      case 'experiments':
        return page('experiments', read.query, searchExperiments, (rows) => experiments.describe(rows).map(experimentWire));
      case 'logged-models':
        return page('models', read.query, searchModels, (rows) => models.describe(rows).map(loggedModelWire), read.tokenParts);
      case 'model-versions':
        return page('model_versions', read.query, (query) => registry.versions(query), (rows) => registryWire.versions(rows));
      case 'registered-models':
        return page('registered_models', read.query, (query) => registry.models(query), (rows) => rows.map((row) => registryWire.model(row)));
      case 'runs':
        return search(read.query);
      case 'history':
        return history(read.runId, read.key, read.offset, read.limit);
      case 'histories':
        return histories(read.runIds, read.key, read.limit);
      case 'curves':
        return sampled(read.runIds, read.key, read.limit, read.steps);
    }
  };
}
