import type { BlobReader } from '../artifacts/blobs.ts';
import type { ModelVersion } from '../contract/registry.ts';
import type { ModelFile } from '../models/models.ts';
import type { Progress } from '../platform/command.ts';

/** What releases need of the registry. */
export interface ReleaseSources {
  /**
   * @param server URL of the MLflow server that holds the version; undefined for the companion's own registry
   * @throws Problem `not-found`
   */
  version(name: string, version: number, server?: string): ModelVersion | Promise<ModelVersion>;
  /** The model's files, on this machine: those of a server are fetched. */
  files(name: string, version: number, server: string | undefined, progress: Progress, signal: AbortSignal): readonly ModelFile[] | Promise<readonly ModelFile[]>;
  /** Content of those files. */
  readonly blobs: Pick<BlobReader, 'materialize'>;
  /** `name==version` lines of the kernel of a captured run; undefined where they were not recorded. */
  kernelPackages?(captureRunId: string): readonly string[] | undefined;
}
