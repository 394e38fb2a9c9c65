import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { transferCredentials, transferDirection } from '../contract/transfer.ts';
import { createDiskBlobs } from '../artifacts/disk/diskBlobs.ts';
import { openDatabase } from '../platform/database/database.ts';
import { readingOfOwn } from './bounds/reading.ts';
import { toTransferProblem } from './transferProblem.ts';
import { plainLocation, readLocation } from './location.ts';
import type { PreviewAnswer } from './threadMessages.ts';
import { findMlflowPython } from './database/newDatabase.ts';
import { openSource, openTarget } from './openStore.ts';
import { createOwnReader } from './own/ownReader.ts';
import { openOwnStores } from './own/ownStores.ts';
import { countStore, hasArtifactsElsewhere } from './preview.ts';

/** Counting goes on for so long at most. */
const countMilliseconds = 5000;
/** A person waits for the answer: a server that is not there should be told of soon. */
const attempts = 2;

const port = parentPort;
if (port === null) {
  throw new Error('runs as a worker of the companion');
}
const input = z
  .object({ home: z.string(), database: z.string(), blobs: z.string(), direction: transferDirection, location: z.string(), credentials: transferCredentials.optional(), pythons: z.array(z.string()) })
  .parse(workerData);

/** The transfer itself tells of it. */
const passOver = (): void => undefined;

const signal = new AbortController().signal;

async function previewImport(): Promise<PreviewAnswer> {
  const source = await openSource(input.location, { credentials: input.credentials, artifacts: undefined, signal, attempts, home: input.home, follow: false, passOver });
  try {
    const counts = await countStore(source, signal, Date.now() + countMilliseconds);
    const artifactsElsewhere = readLocation(input.location).kind !== 'server' && (await hasArtifactsElsewhere(source));
    return { ok: true, found: { ...counts, notes: source.notes(), artifactsElsewhere } };
  } finally {
    source.close();
  }
}

/** Looks whether the target may be read, or whether one that is not there can be made. */
async function tryTarget(): Promise<void> {
  const store = readLocation(input.location);
  if (store.kind === 'database' && !existsSync(store.path)) {
    await findMlflowPython(store.path, input.pythons, signal);
    return;
  }
  const target = (await openTarget(input.location, { credentials: input.credentials, artifacts: undefined, signal, attempts }, input.pythons)).reader;
  try {
    for await (const first of target.experiments()) {
      if (first.id !== '') {
        break;
      }
    }
  } finally {
    target.close();
  }
}

/** Counts the own store, after a look at the target. */
async function previewExport(): Promise<PreviewAnswer> {
  await tryTarget();
  const database = openDatabase(input.database);
  try {
    const own = createOwnReader(openOwnStores(database, createDiskBlobs(input.blobs, 'incoming-preview')), readingOfOwn(input.home, passOver));
    const counts = await countStore(own, signal, Date.now() + countMilliseconds);
    return { ok: true, found: { ...counts, notes: [], artifactsElsewhere: false } };
  } finally {
    database.close();
  }
}

function toAnswer(error: unknown): PreviewAnswer {
  const { reason, message, field, remedy } = toTransferProblem(error, plainLocation(input.location), input.direction);
  return { ok: false, reason, message, ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) };
}

(input.direction === 'import' ? previewImport() : previewExport()).catch(toAnswer).then(
  (answer) => {
    port.postMessage(answer);
    port.close();
  },
  () => port.close(),
);
