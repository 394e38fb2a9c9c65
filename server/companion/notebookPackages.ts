import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pythonFolder } from '../platform/resources.ts';
import { replaceFile, type DataHome } from '../platform/home.ts';

/** What `import slipway` in a kernel needs, and by what mlflow finds it: standard library only. */
const packages = ['slipway', 'slipway_notebook', 'slipway_notebook-1.dist-info'];

/**
 * Copies the notebook client into the data home, where a `.env` file can name it: the folder that the extension is installed in has
 * another name after each update. Files that are the same are not written.
 */
export function placeNotebookPackages(home: DataHome): void {
  for (const name of packages) {
    const from = path.join(pythonFolder, name);
    const to = path.join(home.python, name);
    mkdirSync(to, { recursive: true, mode: 0o700 });
    for (const file of readdirSync(from).filter((entry) => /\.(py|txt)$|^METADATA$/.test(entry))) {
      const content = readFileSync(path.join(from, file), 'utf8');
      const target = path.join(to, file);
      if (!existsSync(target) || readFileSync(target, 'utf8') !== content) {
        replaceFile(target, content);
      }
    }
  }
}
