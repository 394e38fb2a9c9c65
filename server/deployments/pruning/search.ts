import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { DataHome } from '../../platform/home.ts';
import type { Engine } from '../../releases/images/engine.ts';
import { storedImages } from '../../releases/images/storedImages.ts';
import { bytesOf, bytesThatStay, storedFolders, type Links } from '../../releases/releaseDisk.ts';
import type { Releases } from '../replicas/ports.ts';
import type { Found } from './found.ts';
import type { Keeping } from './keeping.ts';

export interface Search {
  readonly found: Found[];
  /** How many releases lie on the disk, needed or not. */
  readonly stored: number;
  /** Bytes of what was found that stay on the disk: their files have hard links elsewhere. */
  readonly sharedBytes: number;
  readonly engine: Engine | undefined;
  /** Why images were not looked at. */
  readonly skipped: string | undefined;
}

export interface SearchDependencies {
  readonly home: DataHome;
  readonly releases: Pick<Releases, 'list'>;
  readonly keeping: Keeping;
  /** @throws Problem that says why no engine can be used */
  readonly engine: () => Promise<Engine>;
}

/** Makes what looks for all that could go, on the disk and in the engine, when each endpoint keeps so many releases. */
export function createSearch({ home, releases, keeping, engine }: SearchDependencies): (most: number) => Promise<Search> {
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

  return async (most) => {
    const versions = versionsOf();
    let used: Engine | undefined;
    let skipped: string | undefined;
    try {
      used = await engine();
    } catch (error) {
      skipped = error instanceof Error ? error.message : String(error);
    }
    const all = [...(await onDisk(versions)), ...(used === undefined ? [] : await inEngine(used, versions))];
    const kept = keeping.keep(most);
    const found: Found[] = [];
    const links: Links = new Map();
    for (const each of all.filter((candidate) => !keeping.isKept(kept, candidate))) {
      const measured = 'image' in each.place ? each.item.bytes : await bytesOf('folder' in each.place ? each.place.folder : each.place.file, links);
      found.push({ ...each, item: { ...each.item, bytes: measured } });
    }
    return { found, stored: all.filter(({ item }) => item.kind === 'release').length, sharedBytes: bytesThatStay(links), engine: used, skipped };
  };
}
