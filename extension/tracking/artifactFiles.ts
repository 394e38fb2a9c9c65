import { type Disposable, FileSystemError, Uri } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import { serveReadonlyFiles } from '../vscode/readonlyFiles.ts';

/** Artifacts of runs, as files that cannot be changed. */
const scheme = 'slipway-artifact';

const mostKept = 4;

/** Where an artifact can be read; its name stays, so that VS Code opens it with the editor of its kind. */
export function artifactUri(runId: string, path: string): Uri {
  return Uri.from({ scheme, path: `/${runId}/${path}` });
}

/** Serves {@link artifactUri}; asks the companion when a file is opened. */
export function serveArtifacts(connection: Connection): Disposable {
  return serveReadonlyFiles(scheme, mostKept, async (uri) => {
    const [, runId, path] = /^\/([^/]+)\/(.+)$/.exec(uri.path) ?? [];
    if (runId === undefined || path === undefined) {
      throw FileSystemError.FileNotFound(uri);
    }
    try {
      const client = await connection.connect();
      return { bytes: await client.readArtifact(runId, path), changedAt: Date.now() };
    } catch (error) {
      throw FileSystemError.Unavailable(`The artifact cannot be read: ${describeFailure(error)}`);
    }
  });
}
