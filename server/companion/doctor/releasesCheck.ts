import type { Database } from 'better-sqlite3';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { blobPath } from '../../artifacts/disk/layout.ts';
import { release as releaseSchema } from '../../contract/releases.ts';
import { shortDigest } from '../../contract/format/digests.ts';
import { plural } from '../../contract/format/plural.ts';
import { canonicalJson } from '../../platform/canonicalJson.ts';
import { replaceFile } from '../../platform/home.ts';
import { digestOrNothing } from './digestOrNothing.ts';
import { finding, notLooked, type Check, type Examination, type Finding } from './examination.ts';
import { createFileMaker } from './fileMaker.ts';
import { releasesOnDisk, type ReleaseOnDisk } from './releasesOnDisk.ts';

/** The folders of releases hold the files that were released. A release whose folder was pruned is made again when it is deployed. */
export const releasesCheck: Check = {
  name: 'releases',
  label: 'folders against what was released',
  async run(examination) {
    const { home, database, progress, signal } = examination;
    if (database === undefined) {
      return notLooked;
    }
    const all = releasesOnDisk(home, database);
    const endpointsOf = createEndpointsOf(database);
    const findings: Finding[] = [];
    for (const [index, each] of all.entries()) {
      signal.throwIfAborted();
      progress(`Reading releases: ${index} of ${all.length}`);
      const { model, digest } = each.release;
      const neededBy = [...endpointsOf(digest), `release ${shortDigest(digest)} of ${model.name} ${model.version}`];
      if (each.exists) {
        findings.push(...(await compare(examination, each, neededBy)));
      } else if (neededBy.length > 1) {
        findings.push(finding(each.folder, 'The folder of a release that an endpoint needs is missing.', { neededBy, remedy: `Deploy version ${model.version} of ${model.name} again.` }));
      }
    }
    return { looked: plural(all.filter(({ exists }) => exists).length, 'release'), findings };
  },
};

async function compare({ home, database, signal }: Examination, { release, folder, files }: ReleaseOnDisk, neededBy: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  const again = `Deploy version ${release.model.version} of ${release.model.name} again.`;
  for (const { file, sha256 } of files) {
    if ((await digestOrNothing(file, signal)) !== sha256) {
      const source = await createFileMaker([blobPath(home.blobs, sha256)], sha256, signal);
      const message = existsSync(file) ? 'The file is not the one that was released.' : 'A file of the release is missing.';
      findings.push(finding(file, message, { neededBy, remedy: again, repair: source === undefined ? undefined : { does: `copies it from ${source.from}`, run: () => source.make(file, 0o444) } }));
    }
  }
  const document = path.join(folder, 'release.json');
  if (canonicalOrNothing(document) !== canonicalJson(release)) {
    const run = (): void => replaceFile(document, `${JSON.stringify(release, null, 2)}\n`, 0o444);
    findings.push(finding(document, 'It does not say what was released.', { neededBy, remedy: again, repair: { does: 'writes it from the database', run } }));
  }
  const lock = path.join(folder, 'requirements.lock');
  if ((await digestOrNothing(lock, signal)) !== release.environment.sha256) {
    const text = database?.prepare<[string], { text: string }>('SELECT text FROM environment_locks WHERE sha256 = ?').get(release.environment.sha256)?.text;
    const repair = text === undefined ? undefined : { does: 'writes it from the database', run: () => replaceFile(lock, text, 0o444) };
    findings.push(finding(lock, 'It is not the lock of the environment.', { neededBy, remedy: again, repair }));
  }
  return findings;
}

function canonicalOrNothing(file: string): string | undefined {
  try {
    return canonicalJson(releaseSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  } catch {
    return undefined;
  }
}

function createEndpointsOf(database: Database): (digest: string) => string[] {
  const live = database.prepare<[string, string], { name: string }>(
    `SELECT name FROM endpoints WHERE live_release = ? AND desired <> 'deleted'
     UNION SELECT endpoint FROM rollouts WHERE to_release = ? AND state IN ('running', 'held') ORDER BY 1`,
  );
  return (digest) => live.all(digest, digest).map(({ name }) => `endpoint ${name}`);
}
