import type { Database } from 'better-sqlite3';
import { Problem } from '../../platform/errors.ts';

/** Columns of MLflow 3's tables that an export writes. */
const written: Readonly<Record<string, readonly string[]>> = {
  experiments: ['experiment_id', 'name', 'artifact_location', 'lifecycle_stage', 'creation_time', 'last_update_time'],
  experiment_tags: ['key', 'value', 'experiment_id'],
  runs: [
    ...['run_uuid', 'name', 'source_type', 'source_name', 'entry_point_name', 'user_id', 'status', 'start_time', 'end_time', 'source_version'],
    ...['lifecycle_stage', 'artifact_uri', 'experiment_id', 'deleted_time'],
  ],
  params: ['key', 'value', 'run_uuid'],
  tags: ['key', 'value', 'run_uuid'],
  metrics: ['key', 'value', 'timestamp', 'run_uuid', 'step', 'is_nan'],
  latest_metrics: ['key', 'value', 'timestamp', 'step', 'is_nan', 'run_uuid'],
  datasets: ['dataset_uuid', 'experiment_id', 'name', 'digest', 'dataset_source_type', 'dataset_source', 'dataset_schema', 'dataset_profile'],
  inputs: ['input_uuid', 'source_type', 'source_id', 'destination_type', 'destination_id', 'step'],
  input_tags: ['input_uuid', 'name', 'value'],
  logged_models: [
    ...['model_id', 'experiment_id', 'name', 'artifact_location', 'creation_timestamp_ms', 'last_updated_timestamp_ms', 'status', 'lifecycle_stage'],
    ...['model_type', 'source_run_id', 'status_message'],
  ],
  logged_model_params: ['model_id', 'experiment_id', 'param_key', 'param_value'],
  logged_model_tags: ['model_id', 'experiment_id', 'tag_key', 'tag_value'],
  logged_model_metrics: [
    ...['model_id', 'metric_name', 'metric_timestamp_ms', 'metric_step', 'metric_value', 'experiment_id', 'run_id', 'dataset_uuid'],
    ...['dataset_name', 'dataset_digest'],
  ],
  registered_models: ['name', 'creation_time', 'last_updated_time', 'description'],
  registered_model_tags: ['key', 'value', 'name'],
  registered_model_aliases: ['alias', 'version', 'name'],
  model_versions: [
    ...['name', 'version', 'creation_time', 'last_updated_time', 'description', 'user_id', 'current_stage', 'source', 'run_id', 'status'],
    ...['run_link', 'storage_location'],
  ],
  model_version_tags: ['key', 'value', 'name', 'version'],
};

/** Puts rows into MLflow's tables; values are those of SQLite, absent ones null. */
export interface Rows {
  insert(table: string, row: Readonly<Record<string, string | number | null>>): void;
  /** Leaves a row of the same key as it is. */
  insertNew(table: string, row: Readonly<Record<string, string | number | null>>): void;
}

/**
 * @throws Problem `invalid-input` when the tables are those of a version of MLflow that is older than what is written, or newer and want
 * more than is known
 */
export function createRows(database: Database, file: string): Rows {
  for (const [table, columns] of Object.entries(written)) {
    const there = database.prepare<[string], { name: string; notnull: number; dflt_value: string | null }>('SELECT name, "notnull", dflt_value FROM pragma_table_info(?)').all(table);
    const names = new Set(there.map(({ name }) => name));
    const lacking = columns.find((name) => !names.has(name));
    if (lacking !== undefined) {
      throw new Problem('invalid-input', `location: ${file} is of an older MLflow: its table ${table} has no column ${lacking}.`, {
        field: 'location',
        remedy: 'Bring it up to date with "mlflow db upgrade sqlite:///FILE", or export to a new file.',
      });
    }
    const wanted = there.find(({ name, notnull, dflt_value: preset }) => notnull === 1 && preset === null && !columns.includes(name));
    if (wanted !== undefined) {
      throw new Problem('invalid-input', `location: ${file} is of a newer MLflow than Slipway writes: its table ${table} wants a column ${wanted.name}.`, {
        field: 'location',
        remedy: 'Run "mlflow server --backend-store-uri sqlite:///FILE" and export to its URL.',
      });
    }
  }
  const put = (verb: string, table: string, row: Readonly<Record<string, string | number | null>>): void => {
    const columns = Object.keys(row);
    database.prepare(`${verb} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(...Object.values(row));
  };
  return {
    insert: (table, row) => put('INSERT', table, row),
    insertNew: (table, row) => put('INSERT OR IGNORE', table, row),
  };
}
