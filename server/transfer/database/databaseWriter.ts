import SqliteDatabase from 'better-sqlite3';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Problem } from '../../platform/errors.ts';
import { sqliteBinding } from '../../platform/resources.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { runConflicts } from '../carry/differences.ts';
import { writeRegisteredModel } from './databaseRegistry.ts';
import { hasWorkspaces } from './databaseWorkspaces.ts';
import { localFolder, writeLocal } from '../../artifacts/localFiles.ts';
import { readingOfTarget } from '../bounds/reading.ts';
import { openMlflowDatabase } from './databaseReader.ts';
import type { Place } from '../../mlflow/client/carried.ts';
import type { Placed, StoreWriter } from '../../mlflow/client/storeWriter.ts';
import { createModelRows } from './modelRows.ts';
import { createRunRows } from './runRows.ts';
import { createRows } from './writtenTables.ts';
import { defaultWorkspace } from '../../mlflow/client/workspaces.ts';

/** Ids that a whole number holds exactly. */
const exactId = /^\d{1,15}$/;

/**
 * Writes to a database that MLflow 3 made (SQLite), whether a server runs on it or not; runs and models keep their ids. Each call is one
 * transaction.
 * @param artifacts the folder of new artifacts, which the database names by `file:` URIs; where an experiment keeps its own in another
 * folder of this machine, or where its server serves them, they go there. Of several workspaces the default one is written
 * @throws Problem `invalid-input` for another file
 */
export function createDatabaseWriter(file: string, artifacts: string): StoreWriter {
  const reader = openMlflowDatabase(file, { proxied: artifacts, reading: readingOfTarget });
  const nativeBinding = sqliteBinding();
  const database = new SqliteDatabase(file, { timeout: 20_000, ...(nativeBinding === undefined ? {} : { nativeBinding }) });
  database.pragma('foreign_keys = ON');
  const rows = createRows(database, file);
  const transact = <T>(work: () => T): T => database.transaction(work).immediate();
  const runRows = createRunRows(database, rows);
  const modelRows = createModelRows(database, rows);
  const base = path.dirname(file);

  const experimentIds = database.prepare<[], { id: number }>('SELECT experiment_id AS id FROM experiments');
  // What is written without a workspace belongs to the default one.
  const findExperiment = database.prepare<[string], { id: number }>(
    `SELECT experiment_id AS id FROM experiments WHERE name = ?${hasWorkspaces(database) ? ` AND workspace = '${defaultWorkspace}'` : ''}`,
  );
  const locationOf = database.prepare<[number], { location: string | null }>('SELECT artifact_location AS location FROM experiments WHERE experiment_id = ?');

  const reachable = (uri: string): boolean => pathOfUri(uri) !== undefined || localFolder(uri, base) !== undefined;
  /** Where new files of an experiment go: below its own location where that can be written from here. */
  const placeOf = (experimentId: string, ...below: readonly string[]): string => {
    const own = locationOf.get(Number(experimentId))?.location ?? '';
    const location = own !== '' && reachable(own) ? own : pathToFileURL(path.join(artifacts, experimentId)).href;
    return [location.replace(/\/$/, ''), ...below].join('/');
  };

  return {
    reader: {
      ...reader,
      close() {
        reader.close();
        database.close();
      },
    },
    keepsIds: true,
    experiment(experiment) {
      const there = findExperiment.get(experiment.name)?.id;
      const taken = new Set(experimentIds.all().map(({ id }) => id));
      const wanted = exactId.test(experiment.id) ? Number(experiment.id) : 0;
      const id = there ?? (taken.has(wanted) ? Math.max(...taken) + 1 : wanted);
      transact(() => {
        if (there === undefined) {
          rows.insert('experiments', {
            experiment_id: id,
            name: experiment.name,
            artifact_location: pathToFileURL(path.join(artifacts, String(id))).href,
            lifecycle_stage: experiment.stage,
            creation_time: experiment.createdAt,
            last_update_time: experiment.updatedAt,
          });
        }
        experiment.tags.forEach((value, key) => rows.insertNew('experiment_tags', { key, value, experiment_id: id }));
      });
      return { id: String(id), uri: '', outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    async run(run, experimentId, _known, filesStay): Promise<Placed> {
      const there = await reader.run(experimentId, run.id);
      const uri = there?.artifactUri ?? (filesStay ? run.artifactUri : placeOf(experimentId, run.id, 'artifacts'));
      const conflicts = there === undefined ? [] : runConflicts(run, there);
      if (conflicts.length > 0) {
        return { id: run.id, uri, outcome: 'conflict', findings: conflicts };
      }
      transact(() => {
        if (there === undefined) {
          runRows.add(run, experimentId, uri);
        } else if (there.status === 'RUNNING' && run.status !== 'RUNNING') {
          runRows.end(run);
        }
        runRows.addEntries(run, there?.experimentId ?? experimentId, there);
      });
      return { id: run.id, uri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    points(_experimentId, runId, points, written) {
      transact(() => {
        points.forEach((point) => runRows.putPoint(runId, point));
      });
      written();
    },
    async model(model, experimentId, _known, filesStay): Promise<Placed> {
      const there = await reader.model(experimentId, model.id);
      const uri = there?.artifactUri ?? (filesStay ? model.artifactUri : placeOf(experimentId, 'models', model.id, 'artifacts'));
      if (there !== undefined && (there.name !== model.name || there.createdAt !== model.createdAt)) {
        return { id: model.id, uri, outcome: 'conflict', findings: ['another model has this id'] };
      }
      const experiment = Number(there?.experimentId ?? experimentId);
      transact(() => {
        if (there === undefined) {
          modelRows.add(model, experiment, uri);
        }
        modelRows.addEntries(model, experiment);
      });
      return { id: model.id, uri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    links(_experimentId, runId, models) {
      transact(() => {
        models.forEach((link) => runRows.addLink(runId, link));
      });
    },
    async file({ uri }: Place, name, content) {
      const served = pathOfUri(uri);
      const folder = served === undefined ? localFolder(uri, base) : path.join(artifacts, served);
      if (folder === undefined) {
        throw new Problem('unavailable', `The artifacts at ${uri} cannot be written from here.`, { remedy: 'Export to the server that runs on the database instead.' });
      }
      await writeLocal(path.join(folder, ...name.split('/')), path.dirname(folder), content);
    },
    finishRun: () => undefined,
    finishModel: () => undefined,
    finishExperiment: () => undefined,
    async registeredModel(model) {
      return writeRegisteredModel(database, rows, model, await reader.registeredModel(model.name));
    },
  };
}
