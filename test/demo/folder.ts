import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../setup/step.mjs';

/** The rows that no model of the demo is trained on, by which gates judge: the last quarter. */
const keptShare = 0.25;

/** The project of the demo: what a data scientist has in a folder. */
export interface DemoFolder {
  readonly path: string;
  readonly notebook: string;
  /** One of another library. */
  readonly boosted: string;
  /** Writes `slipway.yaml` and returns its path. */
  policy(text: string): string;
}

/** Copies the sample into a folder of its own, with the last rows of its data kept apart. */
export function makeFolder(folder: string): DemoFolder {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const sample = path.join(root, 'media/sample');
  const [head = '', ...rows] = readFileSync(path.join(sample, 'churn.csv'), 'utf8').trimEnd().split('\n');
  const kept = Math.floor(rows.length * keptShare);
  writeFileSync(path.join(folder, 'churn.csv'), [head, ...rows.slice(0, -kept), ''].join('\n'));
  writeFileSync(path.join(folder, 'holdout.csv'), [head, ...rows.slice(-kept), ''].join('\n'));
  const notebook = path.join(folder, 'churn.ipynb');
  copyFileSync(path.join(sample, 'churn.ipynb'), notebook);
  const boosted = path.join(folder, 'boosted.ipynb');
  copyFileSync(fileURLToPath(new URL('boosted.ipynb', import.meta.url)), boosted);
  return {
    path: folder,
    notebook,
    boosted,
    policy(text) {
      const file = path.join(folder, 'slipway.yaml');
      writeFileSync(file, text);
      return file;
    },
  };
}
