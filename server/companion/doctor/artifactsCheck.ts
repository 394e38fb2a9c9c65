import { statSync } from 'node:fs';
import { blobPath } from '../../artifacts/disk/layout.ts';
import { formatBytes } from '../../contract/format/bytes.ts';
import { plural } from '../../contract/format/plural.ts';
import { createFileMaker } from './fileMaker.ts';
import { createNeedsOfContent } from './needsOfContent.ts';
import { digestOrNothing } from './digestOrNothing.ts';
import { finding, notLooked, type Check, type Finding } from './examination.ts';
import { releasesOnDisk } from './releasesOnDisk.ts';

interface Content {
  readonly sha256: string;
  readonly bytes: number;
}

/** Each content that a run, model or model version has is read whole and compared with its digest. */
export const artifactsCheck: Check = {
  name: 'artifacts',
  label: 'contents against their digests',
  async run({ home, database, progress, signal }) {
    if (database === undefined) {
      return notLooked;
    }
    const contents = database.prepare<[], Content>('SELECT sha256, max(bytes) AS bytes FROM (SELECT sha256, bytes FROM artifacts UNION ALL SELECT sha256, bytes FROM remote_version_files) GROUP BY sha256 ORDER BY sha256').all();
    const total = contents.reduce((sum, { bytes }) => sum + bytes, 0);
    const needsOf = createNeedsOfContent(database);
    const copies = releasesOnDisk(home, database);
    const findings: Finding[] = [];
    let read = 0;
    for (const [index, { sha256, bytes }] of contents.entries()) {
      signal.throwIfAborted();
      progress(`Reading artifacts: ${index} of ${contents.length}, ${formatBytes(read)} of ${formatBytes(total)}`);
      const file = blobPath(home.blobs, sha256);
      const size = statSync(file, { throwIfNoEntry: false })?.size;
      const found = size === bytes ? await digestOrNothing(file, signal) : undefined;
      read += bytes;
      if (found === sha256) {
        continue;
      }
      const source = await createFileMaker(copies.flatMap(({ files }) => files).filter((each) => each.sha256 === sha256).map((each) => each.file), sha256, signal);
      const neededBy = needsOf(sha256);
      findings.push(
        finding(file, size === undefined ? 'The content is missing.' : `The content is damaged: ${size === bytes ? 'it does not have the digest that it is named by' : `${formatBytes(size)} instead of ${formatBytes(bytes)}`}.`, {
          neededBy,
          remedy: 'Copy the file from a copy of the data home, or log the artifact again.',
          repair: source === undefined ? undefined : { does: `copies it from ${source.from}`, run: () => source.make(file, 0o600) },
        }),
      );
    }
    return { looked: `${plural(contents.length, 'content')}, ${formatBytes(total)}`, findings };
  },
};
