import type { EnvironmentLock, Release } from '../../contract/releases.ts';
import type { Settings } from '../../contract/settings.ts';
import type { DataHome } from '../../platform/home.ts';
import type { Progress, Releases } from '../replicas/ports.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';

/** What a target says of itself; everything outside of its folder goes by this. */
export interface TargetDescription {
  /** Its name in requests, settings and the database, such as `docker`; never changed once it was released. */
  readonly kind: string;
  /** What people call it, such as `Container`. */
  readonly label: string;
  /** Name of a codicon. */
  readonly icon: string;
  /** What one of its replicas is called in front of its handle, such as `container`. */
  readonly replicaNoun: string;
  /** What keeps a replica apart from the rest of the machine, as a sentence. */
  readonly isolation: string;
  /** Whether it runs images: a release is then locked for the base image, else for the Python of this machine. */
  readonly buildsImages: boolean;
  /** The settings that it reads. */
  readonly settings: readonly (keyof Settings)[];
}

export interface TargetStatus {
  readonly available: boolean;
  /** What it runs on when available; else why not and what to do. */
  readonly detail: string;
}

export interface ReplicaSpec {
  readonly id: string;
  readonly endpoint: string;
  readonly release: Release;
  /** The release as it lies on disk. */
  readonly folder: string;
  /** What {@link TargetOperations.prepare} gave for this release. */
  readonly environment: string;
  /** What it gets in its environment beside the variables of the release. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What the replica is to want to hear of whoever asks it. */
  readonly key: string;
  /** It scores files instead of requests, and leaves the processors to those that have some. */
  readonly scoresBatches?: true;
}

export interface Started {
  /** Process id, container id or whatever the target finds the replica by. */
  readonly handle: string;
  /** Tells this replica from a later one with the same handle. */
  readonly identity?: string;
  /** Where it answers, each as `host:port` that the gateway can reach; at least one. */
  readonly addresses: readonly string[];
}

/** A replica as its target finds it. */
export interface FoundReplica {
  readonly id: string;
  readonly handle: string;
}

export type Observation = { readonly running: true; readonly started: Started } | { readonly running: false; readonly detail: string };

/** What can be done at a target. Every call can be repeated: what is done already is left as it is. */
export interface TargetOperations {
  /** Whether replicas can run there now. Never throws. */
  status(): Promise<TargetStatus>;
  /**
   * Builds what the release needs to run, if it is not there: the path of a venv's Python, or the name of an image.
   * @throws Problem saying why it cannot be built
   */
  prepare(release: Release, progress: Progress, signal: AbortSignal): Promise<string>;
  /** Whether what `prepare` makes of a lock is there already. @throws Problem `unavailable` where that cannot be told */
  hasEnvironment(lock: EnvironmentLock, signal: AbortSignal): Promise<boolean>;
  /**
   * What keeps a replica of the release apart from the rest of the machine, as it will be started, in words without a full stop; "None: "
   * and why where nothing does. Asked when it is prepared, before it is started.
   */
  isolationOf(release: Release): Promise<string>;
  /**
   * Starts a replica at addresses that the target chooses; the model need not be loaded yet when it resolves.
   * @throws Problem `unavailable` when it cannot be started
   */
  start(spec: ReplicaSpec): Promise<Started>;
  /** Whether a replica runs, also one that was started by an earlier companion and whose handle was not written down. */
  observe(replica: ReplicaRecord): Promise<Observation>;
  /** Ends a replica: asks it to, and after a while makes it. */
  stop(replica: ReplicaRecord): Promise<void>;
  /** The last lines that a replica wrote. */
  logs(replica: ReplicaRecord, lines: number): Promise<string[]>;
  /** Removes what is left of a replica that has stopped. */
  forget(replica: Pick<ReplicaRecord, 'id'>): Promise<void>;
  /**
   * Ends the replicas of this data home that the target finds by itself and the database does not know, as after an earlier one was restored, and
   * removes what those have left that have ended.
   * @param isKnown asked right before each is ended
   * @returns those that were ended
   */
  endUnknown(isKnown: (replica: FoundReplica) => boolean): Promise<readonly FoundReplica[]>;
}

/** A place where replicas run. */
export type Target = TargetDescription & TargetOperations;

/** What the companion gives to every target. */
export interface TargetParts {
  readonly home: DataHome;
  /** The settings in force; asked each time, they can change. */
  readonly settings: () => Settings;
  readonly releases: Pick<Releases, 'venvs' | 'images'>;
  /** Resolves when no image is being removed: one that was found must be found again. */
  readonly imagesSettled: () => Promise<void>;
  /** To be called when a replica that this companion started has ended, where the target learns of it by itself. */
  readonly ended: (replica: string) => void;
}

/** What a target's folder exports: its description, and how it is made. */
export interface TargetEntry extends TargetDescription {
  readonly create: (parts: TargetParts) => TargetOperations;
}
