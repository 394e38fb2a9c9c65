import type { Caller } from '../../contract/caller.ts';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { DataHome } from '../../platform/home.ts';
import type { PruneReport } from '../../contract/prune.ts';
import { Problem } from '../../platform/errors.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { Engine } from '../../releases/images/engine.ts';
import { takeAside } from '../../releases/releaseDisk.ts';
import { removeImage } from '../../releases/images/storedImages.ts';
import type { EndpointTable } from '../endpoints/endpointTable.ts';
import type { Releases } from '../replicas/ports.ts';
import type { ReplicaTable } from '../replicas/replicaTable.ts';
import { createKeeping, type BatchNeeds } from './keeping.ts';
import type { Found } from './found.ts';
import { createSearch, type Search } from './search.ts';
import type { RolloutTable } from '../rollouts/rolloutTable.ts';

export interface PruneDependencies {
  readonly home: DataHome;
  readonly endpoints: EndpointTable;
  readonly rollouts: RolloutTable;
  readonly replicas: ReplicaTable;
  readonly releases: Releases;
  readonly audit: AuditLog;
  readonly batches: BatchNeeds;
  readonly keptByPolicy: (model: string) => number;
  /** @throws Problem that says why no engine can be used */
  readonly engine: () => Promise<Engine>;
}

export interface Prune {
  /** What would be removed when each endpoint keeps so many releases. */
  preview(kept: number): Promise<PruneReport>;
  /**
   * Removes it. A folder is moved aside in the same turn in which nothing needs it, so that a deploy which begins meanwhile finds it whole
   * or not at all, and makes it anew.
   * @throws Problem `conflict` while a rollout has not chosen its release and environment yet
   */
  run(kept: number, actor: Caller): Promise<PruneReport>;
  /** Resolves when no image is being removed: a rollout that found an image must find it again. */
  settled(): Promise<void>;
}

/** Removes what no endpoint needs: the releases before the last few that it had, their environments and images, and dead replicas' files. */
export function createPrune(dependencies: PruneDependencies): Prune {
  const { audit } = dependencies;
  const keeping = createKeeping(dependencies);
  const find = createSearch({ ...dependencies, keeping });
  let removing: Promise<unknown> = Promise.resolve();

  const requireDecided = (): void => {
    if (dependencies.batches.undecided()) {
      throw new Problem('conflict', 'A batch is choosing its release and environment.', { remedy: 'Prune when it has gone on, or cancel it.' });
    }
    const name = keeping.choosing();
    if (name !== undefined) {
      throw new Problem('conflict', `The rollout of ${name} is choosing its release and environment.`, { remedy: 'Prune when it has gone on, or cancel it.' });
    }
  };

  const report = (items: readonly Found[], { stored, sharedBytes, skipped }: Search): PruneReport => ({
    items: items.map(({ item }) => item),
    bytes: items.reduce((sum, { item }) => sum + item.bytes, 0),
    ...(items.length === 0 || sharedBytes === 0 ? {} : { sharedBytes }),
    keptReleases: stored - items.filter(({ item }) => item.kind === 'release').length,
    ...(skipped === undefined ? {} : { imagesSkipped: skipped }),
  });

  const removeImages = async (from: Engine, images: readonly Found[], most: number): Promise<Found[]> => {
    const removed: Found[] = [];
    for (const each of images) {
      if (keeping.choosing() !== undefined) {
        // A rollout that began meanwhile may choose any of them.
        break;
      }
      if ('image' in each.place && !keeping.isKept(keeping.keep(most), each) && (await removeImage(from, each.place.image.name))) {
        removed.push(each);
      }
    }
    return removed;
  };

  return {
    async preview(most) {
      const search = await find(most);
      return report(search.found, search);
    },
    async run(most, actor) {
      const search = await find(most);
      // From here to the last rename nothing else of this process runs: what was not needed is not needed yet.
      requireDecided();
      const kept = keeping.keep(most);
      const going = search.found.filter((each) => !keeping.isKept(kept, each));
      const taken: string[] = [];
      const removed: Found[] = [];
      for (const each of going) {
        if ('folder' in each.place && existsSync(each.place.folder)) {
          taken.push(takeAside(each.place.folder));
          removed.push(each);
        } else if ('file' in each.place) {
          taken.push(each.place.file);
          removed.push(each);
        }
      }
      const images = search.engine === undefined ? Promise.resolve([]) : removeImages(search.engine, going, most);
      removing = images.catch(() => undefined);
      for (const file of taken) {
        await rm(file, { recursive: true, force: true, maxRetries: 3 });
      }
      const result = report([...removed, ...(await images)], search);
      if (result.items.length > 0) {
        audit.append({ actor, action: 'pruned', subject: 'data home', detail: { items: result.items.map(({ kind, name }) => `${kind} ${name}`), bytes: result.bytes } });
      }
      return result;
    },
    async settled() {
      await removing;
    },
  };
}
