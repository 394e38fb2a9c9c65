import { watch, type FSWatcher } from 'chokidar';
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Recipe } from '../contract/retraining.ts';
import type { Database } from '../platform/database/database.ts';
import { sha256OfFile } from '../platform/hash.ts';

type Files = Pick<Recipe, 'triggers'>;

/** What the files of recipes hold, beside what they held when their models were made last. */
export interface TrainingData {
  /**
   * Files whose content is another than when the model was made last. A file that is seen for the first time is noted as it is; one that is not there is nothing new.
   */
  changed(model: string, files: Files): Promise<string[]>;
  /** Notes that the model is made from the files as they are now. */
  note(model: string, files: Files): Promise<void>;
  /** Watches these files alone from now on. */
  watch(files: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** A file is looked at once it was left alone for so long: what writes it is done by then. */
const settledMilliseconds = 1000;

/** @param seen called when a watched file came or changed */
export function createTrainingData(database: Database, seen: () => void): TrainingData {
  const find = database.prepare<[string, string], { sha256: string }>('SELECT sha256 FROM retraining_data WHERE model = ? AND path = ?');
  const put = database.prepare<[string, string, string]>('INSERT OR REPLACE INTO retraining_data (model, path, sha256) VALUES (?, ?, ?)');
  let watcher: FSWatcher | undefined;
  let watched = '';

  const read = async ({ triggers: { data } }: Files): Promise<{ readonly file: string; readonly sha256: string }[]> => {
    const there = data.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
    const digests = await Promise.all(there.map((file) => sha256OfFile(file).catch(() => undefined)));
    return there.flatMap((file, index) => {
      const sha256 = digests[index];
      return sha256 === undefined ? [] : [{ file, sha256 }];
    });
  };
  const close = async (): Promise<void> => {
    const before = watcher;
    watcher = undefined;
    await before?.close();
  };
  return {
    async changed(model, files) {
      const found = await read(files);
      return found.flatMap(({ file, sha256 }) => {
        const known = find.get(model, file)?.sha256;
        if (known === undefined) {
          put.run(model, file, sha256);
        }
        return known === undefined || known === sha256 ? [] : [file];
      });
    },
    async note(model, files) {
      (await read(files)).forEach(({ file, sha256 }) => put.run(model, file, sha256));
    },
    async watch(files) {
      const wanted = new Set(files);
      const key = [...wanted].sort().join('\0');
      if (key === watched) {
        return;
      }
      watched = key;
      await close();
      if (wanted.size > 0) {
        // Their folders, so that a file that another one takes the place of is seen as well.
        const folders = [...new Set(files.map((file) => path.dirname(file)))];
        watcher = watch(folders, { depth: 0, ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: settledMilliseconds }, ignored: (found) => !wanted.has(found) && !folders.includes(found) }).on('all', () => seen());
      }
    },
    close,
  };
}
