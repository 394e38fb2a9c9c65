import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { plural } from '../../contract/format/plural.ts';
import { finding, type Check, type Finding } from './examination.ts';

/** The data home and what lies in it is its owner's alone; below closed folders nobody else can look. */
export const permissionsCheck: Check = {
  name: 'permissions',
  label: 'the home is readable by you alone',
  run({ home }) {
    const user = process.getuid?.();
    const found = lstatSync(home.root, { throwIfNoEntry: false });
    if (user === undefined || found === undefined) {
      return Promise.resolve({ looked: user === undefined ? 'kept by the system' : 'there is none yet', findings: [] });
    }
    const files = [home.root, ...readdirSync(home.root).map((name) => path.join(home.root, name)), ...namesBelow(home.secrets)];
    const findings = files.flatMap((file): Finding[] => {
      const stats = lstatSync(file, { throwIfNoEntry: false });
      if (stats === undefined || stats.isSymbolicLink()) {
        return [];
      }
      if (stats.uid !== user) {
        return [finding(file, `It belongs to another user (${stats.uid}).`, { remedy: `chown -R ${user} "${file}"` })];
      }
      const mode = stats.mode & 0o777;
      return (mode & 0o077) === 0
        ? []
        : [finding(file, `Others can use it (mode ${mode.toString(8)}).`, { repair: { does: 'closes it to others', run: () => chmodSync(file, mode & 0o700) } })];
    });
    return Promise.resolve({ looked: plural(files.length, 'file or folder', 'files and folders'), findings });
  },
};

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}
