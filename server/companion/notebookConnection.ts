import type { NotebookConnection } from '../contract/companion.ts';

/** How a kernel's `mlflow` logs to the companion: the token travels as the password in the tracking URI, which is all that MLflow needs. */
export function connectNotebook(port: number, token: string): NotebookConnection {
  const trackingUri = `http://slipway:${token}@127.0.0.1:${port}`;
  return {
    trackingUri,
    environment: { MLFLOW_TRACKING_URI: trackingUri },
    cell: ['# Slipway: log to the local companion', 'import mlflow', `mlflow.set_tracking_uri("${trackingUri}")`].join('\n'),
  };
}
