import { homedir } from 'node:os';
import path from 'node:path';
import { lockFilePath } from '../platform/dataHome.ts';
import type { NotebookConnection } from '../contract/companion.ts';
import type { DataHome } from '../platform/home.ts';

/** A Python expression for the lock file that holds on other machines too where the data home is the usual one. */
function lockFileExpression(home: string): string {
  const file = lockFilePath(home);
  const inUserHome = path.relative(homedir(), file).split(path.sep);
  return inUserHome[0] === '..' || path.isAbsolute(inUserHome.join('/'))
    ? `pathlib.Path(${JSON.stringify(file)})`
    : `pathlib.Path.home() / ${JSON.stringify(inUserHome.join('/'))}`;
}

/**
 * How a kernel's `mlflow` logs to the companion. The token travels beside the tracking URI, not in it: MLflow prints the URI with
 * each run, and notebooks are shared. The cell reads the token where it runs, so that none is kept in the notebook.
 */
export function connectNotebook(port: number, token: string, { root, python }: Pick<DataHome, 'root' | 'python'>): NotebookConnection {
  const trackingUri = `http://127.0.0.1:${port}`;
  return {
    trackingUri,
    trackingUriWithToken: `http://slipway:${token}@127.0.0.1:${port}`,
    environment: { MLFLOW_TRACKING_URI: trackingUri, MLFLOW_TRACKING_USERNAME: 'slipway', MLFLOW_TRACKING_PASSWORD: token },
    pythonPath: python,
    cell: [
      '# Slipway: log to the local companion',
      'import json, os, pathlib, sys, mlflow',
      '',
      `companion = json.loads((${lockFileExpression(root)}).read_text())`,
      'os.environ.update(MLFLOW_TRACKING_USERNAME="slipway", MLFLOW_TRACKING_PASSWORD=companion["token"])',
      'sys.path.append(companion["python"])',
      'import slipway  # says so here when a call of mlflow could not be delivered',
      `mlflow.set_tracking_uri(f"http://127.0.0.1:{companion['port']}")`,
    ].join('\n'),
  };
}
