import { open } from 'node:fs/promises';
import type { ArtifactContent, RunArtifacts } from '../../contract/artifacts.ts';
import { useFile } from '../../artifacts/blobs.ts';
import { Problem } from '../../platform/errors.ts';
import type { Artifacts } from './artifacts.ts';
import { checkArtifactPath, pathOfUri } from '../../artifacts/artifactPath.ts';
import type { RunRow, Runs } from './runs.ts';
import { headBytes, loggedArtifactsTag, shownArtifacts, shownAs, shownContent } from '../shownArtifacts.ts';

/** What of a run's files can be shown in a panel. */
export interface RunFiles {
  /** @param all also what no panel shows */
  list(row: RunRow, all: boolean): RunArtifacts;
  /** @throws Problem `not-found`, or `invalid-input` for a path that leaves the run's folder */
  read(row: RunRow, file: string): Promise<ArtifactContent>;
}

export function createRunFiles(artifacts: Artifacts, runs: Pick<Runs, 'tag'>): RunFiles {
  return {
    list(row, all) {
      const runId = row.run_id;
      const root = pathOfUri(row.artifact_uri);
      if (root === undefined) {
        return { runId, files: [], truncated: false, elsewhere: row.artifact_uri };
      }
      const files = artifacts.below(root).map(({ path, bytes, sha256 }) => ({ path: path.slice(root.length + 1), bytes, sha256 }));
      return { runId, ...shownArtifacts(files, runs.tag(row, loggedArtifactsTag), all) };
    },
    async read(row, file) {
      const root = pathOfUri(row.artifact_uri);
      const artifact = root === undefined ? undefined : artifacts.find(`${root}/${checkArtifactPath(file)}`);
      if (artifact === undefined) {
        throw noArtifact(row.run_id, file);
      }
      return useFile(artifacts.materialize(artifact), (content) => contentOf(content, artifact.bytes));
    },
  };
}

export function noArtifact(runId: string, file: string): Problem {
  return new Problem('not-found', `The run ${runId} has no artifact '${file}' here.`, { field: 'path' });
}

async function contentOf(file: string, bytes: number): Promise<ArtifactContent> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(Math.min(headBytes, bytes));
    await handle.read(head, 0, head.byteLength, 0);
    const as = shownAs(head);
    if (as.kind === 'unknown') {
      return { kind: 'unknown', bytes };
    }
    if (bytes > as.limit) {
      return { kind: 'too-large', bytes, limit: as.limit };
    }
    const content = Buffer.alloc(bytes);
    await handle.read(content, 0, bytes, 0);
    return shownContent(as, content);
  } finally {
    await handle.close();
  }
}
