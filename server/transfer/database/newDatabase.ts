import SqliteDatabase from 'better-sqlite3';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Problem } from '../../platform/errors.ts';
import { runCommand } from '../../platform/command.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { sqliteBinding } from '../../platform/resources.ts';

const oldestMajor = 3;

/** Prints the version of MLflow that can make a database; nothing where there is none. */
const versionScript = `
import importlib.metadata, importlib.util
if all(importlib.util.find_spec(name) for name in ("sqlalchemy", "alembic")):
    print("mlflow", importlib.metadata.version("mlflow"))
`;

/** MLflow makes its tables at the first question. */
const makeScript = `
from mlflow import MlflowClient
MlflowClient("sqlite:///mlflow.db", "sqlite:///mlflow.db").search_experiments(max_results=1)
`;

const onPath = process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python'];

function remedyFor(file: string): string {
  return `Name a Python that has MLflow 3 with --python or in the setting slipway.python, or make the database with "mlflow server --backend-store-uri sqlite:///${file}", then export again.`;
}

async function mlflowVersion(python: string, signal: AbortSignal): Promise<string | undefined> {
  const result = await runCommand(python, ['-c', versionScript], { signal, environment: pythonEnvironment('python') }).catch((error: unknown) => {
    if (signal.aborted) {
      throw error;
    }
    return undefined;
  });
  return result?.status === 0 ? /^mlflow (\S+)$/m.exec(result.lines.join('\n'))?.[1] : undefined;
}

/**
 * The first interpreter that has MLflow 3: its tables are made by its own code, so that it opens what it made.
 * @param wanted interpreters to try before those on PATH; empty ones are passed over
 * @throws Problem `unavailable` that says what was found instead and what to do
 */
export async function findMlflowPython(file: string, wanted: readonly string[], signal: AbortSignal): Promise<string> {
  const tried: string[] = [];
  for (const python of [...wanted.filter((one) => one !== ''), ...onPath]) {
    const version = await mlflowVersion(python, signal);
    if (version !== undefined && Number.parseInt(version, 10) >= oldestMajor) {
      return python;
    }
    tried.push(version === undefined ? python : `${python} (MLflow ${version})`);
  }
  throw new Problem('unavailable', `A new database is made by MLflow 3, and no Python was found that has it: ${tried.join(', ')}.`, {
    field: 'python',
    remedy: remedyFor(file),
  });
}

/** MLflow gives its first experiment a folder where it runs. */
function placeDefault(file: string, artifacts: string): void {
  const nativeBinding = sqliteBinding();
  const database = new SqliteDatabase(file, nativeBinding === undefined ? {} : { nativeBinding });
  try {
    database.prepare<[string]>('UPDATE experiments SET artifact_location = ? WHERE experiment_id = 0').run(pathToFileURL(path.join(artifacts, '0')).href);
  } finally {
    database.close();
  }
}

/**
 * Makes an empty database with the tables of the interpreter's MLflow. The file appears when it is whole.
 * @param artifacts the folder of the artifacts of its first experiment
 * @throws Problem `unavailable` with what MLflow said
 */
export async function makeMlflowDatabase(file: string, artifacts: string, python: string, signal: AbortSignal): Promise<void> {
  const making = `${file}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  try {
    // A path below the folder that it runs in needs no quoting in a database URL.
    const quiet = { MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_TRACKING_URI: '', MLFLOW_REGISTRY_URI: '' };
    const { status, lines } = await runCommand(python, ['-W', 'ignore', '-c', makeScript], { signal, cwd: making, environment: pythonEnvironment('python', quiet) });
    const made = path.join(making, 'mlflow.db');
    if (status !== 0 || !existsSync(made)) {
      throw new Problem('unavailable', `MLflow of ${python} made no database: ${lines.at(-1) ?? `it ended with ${status}`}.`, {
        field: 'python',
        remedy: remedyFor(file),
      });
    }
    placeDefault(made, artifacts);
    renameSync(made, file);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
