import type SqliteDatabase from 'better-sqlite3';
import { openReadonly, readTables } from './readonlyDatabase.ts';
import { defaultWorkspace } from '../../mlflow/client/workspaces.ts';

/** Whether its tables are those of an MLflow that knows workspaces. */
export function hasWorkspaces(database: SqliteDatabase.Database): boolean {
  return database.prepare<[], { name: string }>(`SELECT name FROM pragma_table_info('experiments') WHERE name = 'workspace'`).get() !== undefined;
}

/** The workspaces that hold an experiment or a registered model; the default one alone where there are none. */
export function workspacesOfDatabase(file: string): string[] {
  const database = openReadonly(file);
  readTables(database);
  try {
    const found = hasWorkspaces(database)
      ? database.prepare<[], { workspace: string }>('SELECT workspace FROM experiments UNION SELECT workspace FROM registered_models').all()
      : [];
    return found.length === 0 ? [defaultWorkspace] : found.map(({ workspace }) => workspace);
  } finally {
    database.close();
  }
}

/** Tables of which each row names its workspace; the others go by their experiment. */
const ownedTables = ['experiments', 'registered_models', 'registered_model_tags', 'registered_model_aliases', 'model_versions', 'model_version_tags'];

/** Lets a connection see one workspace: views of its own come before the tables of the same names. */
export function lookAtWorkspace(database: SqliteDatabase.Database, workspace: string): void {
  if (hasWorkspaces(database)) {
    for (const table of ownedTables) {
      database.exec(`CREATE TEMP VIEW ${table} AS SELECT * FROM main.${table} WHERE workspace = '${workspace.replaceAll("'", "''")}'`);
    }
  }
}
