import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { transferCredentials, transferDirection, transferVerification, type TransferPhase } from '../contract/transfer.ts';
import { createDiskBlobs } from '../artifacts/disk/diskBlobs.ts';
import { openDatabase } from '../platform/database/database.ts';
import type { PassOver } from '../mlflow/client/passedOver.ts';
import { readingOfOwn } from './bounds/reading.ts';
import { createCheckedReader } from './checkedReader.ts';
import { carry } from './carry/carry.ts';
import { toTransferProblem } from './transferProblem.ts';
import { createFindings } from './carry/findings.ts';
import { plainLocation } from './location.ts';
import type { FromTransfer, ToTransfer } from './threadMessages.ts';
import { openSource, openTarget } from './openStore.ts';
import { createOwnReader } from './own/ownReader.ts';
import { openOwnStores } from './own/ownStores.ts';
import { createOwnWriter } from './own/ownWriter.ts';
import { createTransferItems } from './transferItems.ts';
import { verify } from './carry/verify.ts';

const progressMilliseconds = 300;

const port = parentPort;
if (port === null) {
  throw new Error('runs as a worker of the companion');
}
const input = z
  .object({
    home: z.string(),
    database: z.string(),
    blobs: z.string(),
    id: z.string(),
    direction: transferDirection,
    location: z.string(),
    artifacts: z.string().optional(),
    follow: z.boolean(),
    verify: transferVerification,
    credentials: transferCredentials.optional(),
    pythons: z.array(z.string()),
    user: z.string(),
  })
  .parse(workerData);

const stop = new AbortController();
port.on('message', (message: ToTransfer) => {
  if (message.type === 'cancel') {
    stop.abort();
  }
});

const database = openDatabase(input.database);
const findings = createFindings();
const post = (message: FromTransfer): void => port.postMessage(message);

let last = 0;
let totalRuns: number | undefined;
let lastRuns = 0;
const say = (phase: TransferPhase, message: string, runs: number): void =>
  post({ type: 'progress', progress: { phase, message, runs, added: { ...findings.added }, ...(totalRuns === undefined ? {} : { totalRuns }) } });
const progress = (phase: TransferPhase, message: string, runs: number): void => {
  const now = Date.now();
  lastRuns = runs;
  if (now - last >= progressMilliseconds) {
    last = now;
    say(phase, message, runs);
  }
};

async function work(): Promise<void> {
  const own = openOwnStores(database, createDiskBlobs(input.blobs, `incoming-${input.id}`));
  const options = { credentials: input.credentials, artifacts: input.artifacts, signal: stop.signal };
  const { home, follow } = input;
  const passOver: PassOver = (kind, id, why) => findings.notCarried(kind, id, why);
  const importing = input.direction === 'import';
  const source = importing ? createCheckedReader(await openSource(input.location, { ...options, home, follow, passOver }), passOver) : createOwnReader(own, readingOfOwn(home, passOver));
  const target = importing ? createOwnWriter(own, input.user, home) : await openTarget(input.location, options, input.pythons);
  try {
    totalRuns = source.countRuns();
    source.notes().forEach((text) => findings.note(text));
    const carried = await carry({ source, target, items: createTransferItems(database, input.id), findings, signal: stop.signal, progress });
    await verify({ source, target: target.reader, carried, findings, how: input.verify, signal: stop.signal, progress });
  } finally {
    say('end', '', lastRuns);
    source.close();
    target.reader.close();
  }
}

function registeredNames(): string[] {
  return database
    .prepare<[], { name: string }>('SELECT name FROM registered_models')
    .all()
    .map(({ name }) => name);
}

async function run(): Promise<void> {
  try {
    await work();
    post({ type: 'report', report: findings.report() });
  } catch (error) {
    // What a person can do something about; the rest is told as it is.
    const { reason, message, remedy } = toTransferProblem(error, plainLocation(input.location), input.direction);
    post({ type: 'failure', reason, message: remedy === undefined ? message : `${message} ${remedy}` });
  }
  if (input.direction === 'import') {
    post({ type: 'event', event: { topic: 'experiments' } });
    registeredNames().forEach((name) => post({ type: 'event', event: { topic: 'model', name } }));
  }
  database.close();
  port?.close();
}

void run();
