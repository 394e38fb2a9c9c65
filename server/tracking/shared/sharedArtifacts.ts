import type { ArtifactContent, RunArtifacts } from '../../contract/artifacts.ts';
import { checkArtifactPath } from '../../artifacts/artifactPath.ts';
import { noArtifact } from '../local/runArtifacts.ts';
import { headBytes, loggedArtifactsTag, shownArtifacts, shownAs, shownContent, type ShownAs } from '../shownArtifacts.ts';
import { MlflowRefusal } from '../../mlflow/client/mlflowRefusal.ts';
import type { CarriedRun, Place } from '../../mlflow/client/carried.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';

/** What of the files of a shared server's runs can be shown in a panel. */
export interface SharedArtifacts {
  /** @param all also what no panel shows */
  list(run: CarriedRun, all: boolean): Promise<RunArtifacts>;
  /** @throws Problem `not-found`, or `invalid-input` for a path that leaves the run's folder */
  read(run: CarriedRun, file: string): Promise<ArtifactContent>;
}

function placeOf({ id, experimentId, artifactUri }: CarriedRun): Place {
  return { of: 'run', id, experimentId, uri: artifactUri };
}

export function createSharedArtifacts(reader: Pick<StoreReader, 'files' | 'read'>): SharedArtifacts {
  const sizeOf = async (run: CarriedRun, file: string): Promise<number> => {
    for await (const { path, bytes } of reader.files(placeOf(run))) {
      if (path === file) {
        return bytes ?? 0;
      }
    }
    throw noArtifact(run.id, file);
  };
  return {
    async list(run, all) {
      const files: { path: string; bytes: number }[] = [];
      for await (const { path, bytes } of reader.files(placeOf(run))) {
        files.push({ path, bytes: bytes ?? 0 });
      }
      return { runId: run.id, ...shownArtifacts(files, run.tags.get(loggedArtifactsTag), all) };
    },
    async read(run, given) {
      const file = checkArtifactPath(given);
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      let as: ShownAs | undefined;
      try {
        for await (const chunk of reader.read(placeOf(run), file)) {
          chunks.push(chunk);
          bytes += chunk.byteLength;
          as ??= bytes < headBytes ? undefined : shownAs(Buffer.concat(chunks).subarray(0, headBytes));
          if (as?.kind === 'unknown') {
            return { kind: 'unknown', bytes: await sizeOf(run, file) };
          }
          if (as !== undefined && bytes > as.limit) {
            return { kind: 'too-large', bytes: await sizeOf(run, file), limit: as.limit };
          }
        }
      } catch (error) {
        // MLflow's proxy answers 500 for a file that is missing.
        if (error instanceof MlflowRefusal) {
          await sizeOf(run, file);
        }
        throw error;
      }
      const content = Buffer.concat(chunks);
      as ??= shownAs(content);
      return as.kind === 'unknown' ? { kind: 'unknown', bytes } : shownContent(as, content);
    },
  };
}
