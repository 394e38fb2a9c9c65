import type { Caller } from '../contract/caller.ts';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DataHome } from '../platform/home.ts';
import type { Prunable, PruneReport } from '../contract/prune.ts';
import { Problem } from '../platform/errors.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Engine } from '../releases/images/engine.ts';
import { bytesOf, storedFolders, takeAside } from '../releases/releaseDisk.ts';
import { removeImage, storedImages, type StoredImage } from '../releases/images/storedImages.ts';
import type { EndpointTable } from './endpoints/endpointTable.ts';
import type { Releases } from './replicas/ports.ts';
import type { ReplicaTable } from './replicas/replicaTable.ts';
import type { RolloutTable } from './rollouts/rolloutTable.ts';

export interface PruneDependencies {
  readonly home: DataHome;
  readonly endpoints: EndpointTable;
  readonly rollouts: RolloutTable;
  readonly replicas: ReplicaTable;
  readonly releases: Releases;
  readonly audit: AuditLog;
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

interface Kept {
  readonly releases: ReadonlySet<string>;
  readonly locks: ReadonlySet<string>;
}

/** What can go, and where it lies on disk or in the engine. */
interface Found {
  readonly item: Prunable;
  readonly place: { readonly folder: string } | { readonly file: string } | { readonly image: StoredImage };
}

interface Search {
  readonly found: Found[];
  /** How many releases lie on the disk, needed or not. */
  readonly stored: number;
  readonly engine: Engine | undefined;
  /** Why images were not looked at. */
  readonly skipped: string | undefined;
}

/** Removes what no endpoint needs: the releases before the last few that it had, their environments and images, and dead replicas' files. */
export function createPrune(dependencies: PruneDependencies): Prune {
  const { home, endpoints, rollouts, replicas, releases, audit, engine } = dependencies;
  let removing: Promise<unknown> = Promise.resolve();

  /** The endpoint of a rollout that may yet choose any release and environment. */
  const choosing = (): string | undefined => {
    const undecided = endpoints.all().find(({ name }) => {
      const active = rollouts.active(name);
      return active !== undefined && active.to === undefined;
    });
    return undecided?.name;
  };

  const requireDecided = (): void => {
    const name = choosing();
    if (name !== undefined) {
      throw new Problem('conflict', `The rollout of ${name} is choosing its release and environment.`, { remedy: 'Prune when it has gone on, or cancel it.' });
    }
  };

  const keep = (most: number): Kept => {
    const digests = new Set(replicas.all().flatMap(({ state, release }) => (state === 'stopped' ? [] : [release])));
    for (const { name, live } of endpoints.all()) {
      const active = rollouts.active(name);
      const history = [...new Set(endpoints.spans(name).map(({ release }) => release))].slice(0, most);
      [live?.release, active?.to, active?.from?.release, ...history].forEach((digest) => {
        if (digest !== undefined) {
          digests.add(digest);
        }
      });
    }
    const locks = releases.list().flatMap(({ digest, environment }) => (digests.has(digest) ? [environment.sha256] : []));
    return { releases: digests, locks: new Set(locks) };
  };

  const isNeeded = (kept: Kept, { item, place }: Found): boolean => {
    if ('image' in place) {
      return place.image.release === undefined ? kept.locks.has(place.image.lock) : kept.releases.has(place.image.release);
    }
    switch (item.kind) {
      case 'release':
        return kept.releases.has(item.name);
      case 'environment':
        return kept.locks.has(item.name);
      default:
        return replicas.get(item.name) !== undefined;
    }
  };

  const versionsOf = (): ReadonlyMap<string, string> => {
    const names = new Map<string, string>();
    for (const { digest, model, environment } of releases.list()) {
      const version = `${model.name} ${model.version}`;
      names.set(digest, version);
      names.set(environment.sha256, names.get(environment.sha256) ?? `for ${version}`);
    }
    return names;
  };

  const onDisk = async (versions: ReadonlyMap<string, string>): Promise<Found[]> => {
    const folders = async (kind: 'release' | 'environment', parent: string): Promise<Found[]> =>
      (await storedFolders(parent)).map(({ digest, folder }) => ({ item: { kind, name: digest, detail: versions.get(digest) ?? 'of nothing that is known', bytes: 0 }, place: { folder } }));
    const files = (await readdir(home.replicas)).map((name): Found => ({
      item: { kind: 'replica', name: name.split('.')[0] ?? name, detail: name, bytes: 0 },
      place: { file: path.join(home.replicas, name) },
    }));
    return [...(await folders('release', home.releases)), ...(await folders('environment', home.environments)), ...files];
  };

  /** Images of other data homes on the same engine are theirs to prune. */
  const inEngine = async (from: Engine, versions: ReadonlyMap<string, string>): Promise<Found[]> =>
    (await storedImages(from)).flatMap((image) => {
      const detail = versions.get(image.release ?? image.lock);
      return detail === undefined ? [] : [{ item: { kind: image.kind, name: image.name, detail, bytes: image.bytes }, place: { image } }];
    });

  const find = async (most: number): Promise<Search> => {
    const versions = versionsOf();
    let used: Engine | undefined;
    let skipped: string | undefined;
    try {
      used = await engine();
    } catch (error) {
      skipped = error instanceof Error ? error.message : String(error);
    }
    const all = [...(await onDisk(versions)), ...(used === undefined ? [] : await inEngine(used, versions))];
    const kept = keep(most);
    const found: Found[] = [];
    for (const each of all.filter((candidate) => !isNeeded(kept, candidate))) {
      const measured = 'image' in each.place ? each.item.bytes : await bytesOf('folder' in each.place ? each.place.folder : each.place.file);
      found.push({ ...each, item: { ...each.item, bytes: measured } });
    }
    return { found, stored: all.filter(({ item }) => item.kind === 'release').length, engine: used, skipped };
  };

  const report = (items: readonly Found[], { stored, skipped }: Search): PruneReport => ({
    items: items.map(({ item }) => item),
    bytes: items.reduce((sum, { item }) => sum + item.bytes, 0),
    keptReleases: stored - items.filter(({ item }) => item.kind === 'release').length,
    ...(skipped === undefined ? {} : { imagesSkipped: skipped }),
  });

  const removeImages = async (from: Engine, images: readonly Found[], most: number): Promise<Found[]> => {
    const removed: Found[] = [];
    for (const each of images) {
      if (choosing() !== undefined) {
        // A rollout that began meanwhile may choose any of them.
        break;
      }
      if ('image' in each.place && !isNeeded(keep(most), each) && (await removeImage(from, each.place.image.name))) {
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
      const kept = keep(most);
      const going = search.found.filter((each) => !isNeeded(kept, each));
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
