import type { TargetKind, TargetStatus } from '../../contract/deployments.ts';
import type { Release } from '../../contract/releases.ts';
import type { Progress } from '../replicas/ports.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';

export interface ReplicaSpec {
  readonly id: string;
  readonly endpoint: string;
  readonly release: Release;
  /** The release as it lies on disk. */
  readonly folder: string;
  /** Free port on 127.0.0.1 that the replica is to answer on. */
  readonly port: number;
  /** What {@link Target.prepare} gave for this release. */
  readonly environment: string;
}

export interface Started {
  /** Process id or container id. */
  readonly handle: string;
  /** Tells this process from a later one with the same id. */
  readonly identity?: string;
}

export type Observation = { readonly running: true; readonly started: Started } | { readonly running: false; readonly detail: string };

/** Where replicas run. Every call can be repeated: what is done already is left as it is. */
export interface Target {
  readonly kind: TargetKind;
  status(): Promise<TargetStatus>;
  /**
   * Builds what the release needs to run, if it is not there: the path of a venv's Python, or the name of an image.
   * @throws Problem saying why it cannot be built
   */
  prepare(release: Release, progress: Progress, signal: AbortSignal): Promise<string>;
  start(spec: ReplicaSpec): Promise<Started>;
  /** Whether a replica runs, also one that was started by an earlier companion and whose handle was not written down. */
  observe(replica: ReplicaRecord): Promise<Observation>;
  /** Ends a replica: asks it to, and after a while makes it. */
  stop(replica: ReplicaRecord): Promise<void>;
  /** The last lines that a replica wrote. */
  logs(replica: ReplicaRecord, lines: number): Promise<string[]>;
  /** Removes what is left of a replica that has stopped. */
  forget(replica: ReplicaRecord): Promise<void>;
}
