import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { shortDigest } from '../../contract/format/digests.ts';
import { plural } from '../../contract/format/plural.ts';
import { runCommand } from '../../platform/command.ts';
import { messageOf } from '../../platform/errors.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { completion } from '../../releases/environments/venvs.ts';
import { storedFolders, type StoredFolder } from '../../releases/releaseDisk.ts';
import { finding, notLooked, type Check, type Examination, type Finding } from './examination.ts';

/** A Python that takes longer to say that it is there does not start. */
const startMilliseconds = 60_000;

/** The Python of each complete environment lies in it and starts. */
export const environmentsCheck: Check = {
  name: 'environments',
  label: 'each Python starts',
  async run(examination) {
    const { home, database, progress, signal } = examination;
    if (database === undefined) {
      return notLooked;
    }
    const folders = existsSync(home.environments) ? await storedFolders(home.environments) : [];
    const releases = database.prepare<[string], { digest: string }>(`SELECT digest FROM releases WHERE document ->> '$.environment.sha256' = ? ORDER BY created_at DESC`);
    const lock = database.prepare<[string], { one: number }>('SELECT 1 AS one FROM environment_locks WHERE sha256 = ?');
    const findings: Finding[] = [];
    for (const [index, each] of folders.entries()) {
      signal.throwIfAborted();
      progress(`Starting environments: ${index} of ${folders.length}`);
      const message = await troubleOf(examination, each);
      if (message !== undefined) {
        const complete = path.join(each.folder, 'complete.json');
        findings.push(
          finding(each.folder, message, {
            neededBy: releases.all(each.digest).map(({ digest }) => `release ${shortDigest(digest)}`),
            remedy: 'Its lock is gone: deploy the model version again.',
            // An environment that is not complete is built when a replica wants it.
            repair: lock.get(each.digest) === undefined ? undefined : { does: 'lets it be built again from its lock when it is needed', run: () => rmSync(complete, { force: true }) },
          }),
        );
      }
    }
    return { looked: plural(folders.length, 'environment'), findings };
  },
};

/** Undefined for one that works, and for one whose build was interrupted: it is built again. */
async function troubleOf({ signal }: Examination, { folder }: StoredFolder): Promise<string | undefined> {
  const complete = path.join(folder, 'complete.json');
  if (!existsSync(complete)) {
    return undefined;
  }
  let paths: { python: string; base: string };
  try {
    paths = completion.parse(JSON.parse(readFileSync(complete, 'utf8')));
  } catch {
    return 'Its complete.json cannot be read.';
  }
  const { python, base } = paths;
  if (path.relative(folder, python).startsWith('..')) {
    return `Its Python is the one of another place: ${python}.`;
  }
  const gone = [python, base].find((file) => !existsSync(file));
  if (gone !== undefined) {
    return `Its Python is gone: ${gone}.`;
  }
  try {
    const { status, lines } = await runCommand(python, ['-c', 'import encodings, sys'], { signal: AbortSignal.any([signal, AbortSignal.timeout(startMilliseconds)]), environment: pythonEnvironment('python') });
    return status === 0 ? undefined : `Its Python does not start: ${lines.at(-1) ?? `it ends with ${status}`}.`;
  } catch (error) {
    signal.throwIfAborted();
    return `Its Python does not start: ${messageOf(error)}`;
  }
}
