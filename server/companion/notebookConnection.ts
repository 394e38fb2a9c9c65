import { homedir } from 'node:os';
import path from 'node:path';
import { lockFilePath } from '../client/dataHome.ts';
import type { NotebookConnection } from '../contract/companion.ts';

/** A Python expression for the lock file that holds on other machines too where the data home is the usual one. */
function lockFileExpression(home: string): string {
  const file = lockFilePath(home);
  const inUserHome = path.relative(homedir(), file).split(path.sep);
  return inUserHome[0] === '..' || path.isAbsolute(inUserHome.join('/'))
    ? `pathlib.Path(${JSON.stringify(file)})`
    : `pathlib.Path.home() / ${JSON.stringify(inUserHome.join('/'))}`;
}

/**
 * How a kernel's `mlflow` logs to the companion: the token travels as the password in the tracking URI, which is all that MLflow needs.
 * The cell reads the token where it runs, so that none is kept in the notebook.
 */
export function connectNotebook(port: number, token: string, home: string): NotebookConnection {
  const trackingUri = `http://slipway:${token}@127.0.0.1:${port}`;
  return {
    trackingUri,
    environment: { MLFLOW_TRACKING_URI: trackingUri },
    cell: [
      '# Slipway: log to the local companion',
      'import json, pathlib, mlflow',
      '',
      `companion = json.loads((${lockFileExpression(home)}).read_text())`,
      `mlflow.set_tracking_uri(f"http://slipway:{companion['token']}@127.0.0.1:{companion['port']}")`,
    ].join('\n'),
  };
}
