import { existsSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../platform/errors.ts';
import type { Metric } from '../../contract/entities.ts';
import { createQueries, experimentRow, modelRow, registeredRow, runRow } from './databaseQueries.ts';
import { toModel, toRegisteredModel, toRun } from './databaseRecords.ts';
import { lookAtWorkspace } from './databaseWorkspaces.ts';
import { openReadonly, readTables } from './readonlyDatabase.ts';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import type { Reading } from '../bounds/reading.ts';
import { createPlaceFiles } from '../placeFiles.ts';
import type { CarriedExperiment } from '../../mlflow/client/carried.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { defaultWorkspace } from '../../mlflow/client/workspaces.ts';

/** Where MLflow puts the artifacts of a database, beside it. */
export const artifactFolders = ['mlruns', 'mlartifacts'];
const lot = 5000;
const page = 500;

/** How a database is read with the files that it names. */
export interface DatabaseOptions {
  /** Where `mlflow-artifacts:` lies; by default the folder `mlartifacts` beside the database. */
  readonly proxied: MlflowClient | string | undefined;
  readonly reading: Reading;
  readonly workspace?: string;
}

/** The folder beside a database that held an artifact location before the database was moved. */
function movedFolder(base: string, named: string): string | undefined {
  const parts = named.split(path.sep);
  const at = parts.findLastIndex((part) => artifactFolders.includes(part));
  const folder = path.join(base, ...parts.slice(at));
  return at !== -1 && existsSync(path.join(base, parts[at] ?? '')) ? folder : undefined;
}

/**
 * Reads one workspace of a database that MLflow 3 made (SQLite), without writing to it. Runs and models are found by their id in any.
 * @throws Problem `invalid-input` for another file
 */
export function openMlflowDatabase(file: string, { proxied, reading, workspace = defaultWorkspace }: DatabaseOptions): StoreReader {
  const database = openReadonly(file);
  const tables = readTables(database);
  const missing = ['experiments', 'runs', 'metrics', 'params', 'tags', 'logged_models', 'registered_models', 'model_versions'].filter((name) => !tables.has(name));
  if (missing.length > 0) {
    database.close();
    throw new Problem('invalid-input', `${file} is not a database of MLflow 3: it has no table ${missing.join(', ')}.`, {
      field: 'location',
      remedy: `Bring an older one up to date with "mlflow db upgrade sqlite:///${file}".`,
    });
  }
  lookAtWorkspace(database, workspace);
  const base = path.dirname(path.resolve(file));
  const beside = path.join(base, 'mlartifacts');
  const access = createPlaceFiles({
    base,
    proxied: proxied ?? (existsSync(beside) ? beside : undefined),
    reading,
    moved: (_place, named) => movedFolder(base, named),
  });

  const queries = createQueries(database, reading.passOver);
  const { rows, entries } = queries;
  const countOf = (table: string): number => (tables.has(table) ? (database.prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM main.${table}`).get()?.rows ?? 0) : 0);
  const points = database
    .prepare<[string, number, number], [number, string, number, number, number, number]>(
      'SELECT rowid, key, step, timestamp, value, is_nan FROM metrics WHERE run_uuid = ? AND rowid > ? ORDER BY rowid LIMIT ?',
    )
    .raw();

  return {
    ...access,
    countRuns: () => database.prepare<[], { rows: number }>('SELECT count(*) AS rows FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments)').get()?.rows,
    notes: () =>
      [
        ['trace_info', 'traces'],
        ['evaluation_datasets', 'evaluation datasets'],
        ['scorers', 'scorers'],
        ['webhooks', 'webhooks'],
      ].flatMap(([table = '', what = '']) => (countOf(table) === 0 ? [] : [`${countOf(table)} ${what} are not carried: Slipway does not keep them.`])),
    *experiments(): Generator<CarriedExperiment> {
      for (const row of rows(experimentRow, 'SELECT * FROM experiments ORDER BY experiment_id')) {
        yield {
          id: String(row.experiment_id),
          name: row.name,
          stage: row.lifecycle_stage,
          createdAt: row.creation_time,
          updatedAt: row.last_update_time,
          tags: entries('SELECT key, value FROM experiment_tags WHERE experiment_id = ?', row.experiment_id),
        };
      }
    },
    *runs(experimentId) {
      for (let offset = ''; ; ) {
        const found = rows(runRow, 'SELECT * FROM runs WHERE experiment_id = ? AND run_uuid > ? ORDER BY run_uuid LIMIT ?', Number(experimentId), offset, page);
        for (const row of found) {
          yield toRun(queries, row);
        }
        const last = found.at(-1);
        if (last === undefined) {
          return;
        }
        offset = last.run_uuid;
      }
    },
    run(_experimentId, runId) {
      const [row] = rows(runRow, 'SELECT * FROM runs WHERE run_uuid = ?', runId);
      return row === undefined ? undefined : toRun(queries, row);
    },
    *points({ id }) {
      let after = 0;
      for (;;) {
        const found = points.all(id, after, lot);
        const last = found.at(-1);
        if (last === undefined) {
          return;
        }
        after = last[0];
        yield found.map(([, key, step, at, value, nan]): Metric => ({ key, step, at, value: nan === 0 ? value : Number.NaN }));
      }
    },
    *models(experimentId) {
      for (const row of rows(modelRow, 'SELECT * FROM logged_models WHERE experiment_id = ? ORDER BY creation_timestamp_ms, model_id', Number(experimentId))) {
        yield toModel(queries, row);
      }
    },
    model(_experimentId, modelId) {
      const [row] = rows(modelRow, 'SELECT * FROM logged_models WHERE model_id = ?', modelId);
      return row === undefined ? undefined : toModel(queries, row);
    },
    *registeredModels() {
      for (const row of rows(registeredRow, 'SELECT * FROM registered_models ORDER BY creation_time, name')) {
        yield toRegisteredModel(queries, row);
      }
    },
    registeredModel(name) {
      const [row] = rows(registeredRow, 'SELECT * FROM registered_models WHERE name = ?', name);
      return row === undefined ? undefined : toRegisteredModel(queries, row);
    },
    close: () => void database.close(),
  };
}
