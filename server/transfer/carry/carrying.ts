import { setTimeout as wait } from 'node:timers/promises';
import type { ModelLink } from '../../contract/entities.ts';
import type { TransferPhase } from '../../contract/transfer.ts';
import type { CarriedExperiment } from '../../mlflow/client/carried.ts';
import { whyOfOne } from '../../mlflow/client/passedOver.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import type { Placed, RunEnd, StoreWriter } from '../../mlflow/client/storeWriter.ts';
import type { TransferItems } from '../transferItems.ts';
import type { Findings } from './findings.ts';
import { createLocations, type Locations } from './locations.ts';

export interface CarryOptions {
  readonly source: StoreReader;
  readonly target: StoreWriter;
  readonly items: TransferItems;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  /** Says that something was done; cheap to call. */
  readonly progress: (phase: TransferPhase, message: string, runs: number) => void;
}

export interface CarriedPair {
  readonly experiment: CarriedExperiment;
  readonly targetId: string;
}

/** What the comparison at the end needs to know about what was carried. */
export interface Carried {
  readonly experiments: readonly CarriedPair[];
  /** Target ids of runs and models by the source's; what is in conflict has none. */
  readonly runIds: ReadonlyMap<string, string>;
  readonly modelIds: ReadonlyMap<string, string>;
  /** Runs and models whose files stayed where they are. */
  readonly filesStayed: ReadonlySet<string>;
  /** Single files (`ID/PATH` of the source) that could not be carried: each is a conflict. */
  readonly filesLeft: ReadonlySet<string>;
  readonly registeredModelsInConflict: ReadonlySet<string>;
  /** Registered models, and versions of others (`NAME/NUMBER`), that were refused. */
  readonly refused: ReadonlySet<string>;
}

/** A transfer while it carries: what it was given, and what it has learned so far. */
export interface Carrying extends Omit<CarryOptions, 'progress'> {
  readonly experiments: CarriedPair[];
  readonly runIds: Map<string, string>;
  readonly modelIds: Map<string, string>;
  readonly filesStayed: Set<string>;
  readonly filesLeft: Set<string>;
  readonly registeredModelsInConflict: Set<string>;
  readonly refused: Set<string>;
  /** Where the files of runs and models are in the target. */
  readonly locations: Locations;
  /** By the target's run, with the source's models. */
  readonly links: Map<string, { readonly experimentId: string; readonly models: readonly ModelLink[] }>;
  /** By the target's run; nothing where ids are kept. */
  readonly ends: Map<string, RunEnd>;
  /** The target's models that are deleted in the source; nothing where ids are kept. */
  readonly deletedModels: Set<string>;
  /** One more run was come to. */
  countRun(): void;
  progress(phase: TransferPhase, message: string): void;
  /** Writes down what was left as it is. Returns false where the thing itself is in conflict. */
  note(kind: string, id: string, placed: Placed): boolean;
  /** Does what is to be done for one thing. A failure of that thing alone is told, and the rest goes on: undefined then. */
  attempt<T>(kind: string, id: string, work: () => Promise<T>): Promise<T | undefined>;
  /** Lets messages in, such as the one that cancels. */
  breathe(): Promise<void>;
}

/** The pause after a batch, in milliseconds: the companion's own writes come in between. */
const pause = 1;

export function beginCarrying({ progress, ...options }: CarryOptions): Carrying {
  let runs = 0;
  return {
    ...options,
    experiments: [],
    runIds: new Map(),
    modelIds: new Map(),
    filesStayed: new Set(),
    filesLeft: new Set(),
    registeredModelsInConflict: new Set(),
    refused: new Set(),
    locations: createLocations(),
    links: new Map(),
    ends: new Map(),
    deletedModels: new Set(),
    countRun() {
      runs += 1;
    },
    progress: (phase, message) => progress(phase, message, runs),
    note(kind, id, { outcome, findings: messages }) {
      if (messages.length > 0) {
        options.findings.conflict(kind, id, messages);
      }
      return outcome !== 'conflict';
    },
    async attempt(kind, id, work) {
      try {
        return await work();
      } catch (error) {
        options.signal.throwIfAborted();
        const why = whyOfOne(error);
        if (why === undefined) {
          throw error;
        }
        options.findings.notCarried(kind, id, why);
        return undefined;
      }
    },
    async breathe() {
      await wait(pause);
      options.signal.throwIfAborted();
    },
  };
}
