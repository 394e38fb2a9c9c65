import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { transferCredentials, transferDirection, transferVerification, type TransferPhase } from '../contract/transfer.ts';
import { caller } from '../contract/caller.ts';
import { createAuditLog } from '../governance/auditLog.ts';
import { createDiskBlobs } from '../artifacts/disk/diskBlobs.ts';
import { openDatabase } from '../platform/database/database.ts';
import { carry } from './carry/carry.ts';
import type { Carried } from './carry/carrying.ts';
import { toTransferProblem } from './transferProblem.ts';
import { createFindings } from './carry/findings.ts';
import { plainLocation } from './location.ts';
import type { FromTransfer, ToTransfer } from './messages.ts';
import { openSource, openTarget } from './openStore.ts';
import { createOwnReader } from './own/ownReader.ts';
import { openOwnStores } from './own/ownStores.ts';
import { createOwnWriter } from './own/ownWriter.ts';
import { createTransferTable } from './transferTable.ts';
import { verify } from './carry/verify.ts';

const progressMilliseconds = 300;

const port = parentPort;
if (port === null) {
  throw new Error('runs as a worker of the companion');
}
const input = z
  .object({
    database: z.string(),
    blobs: z.string(),
    id: z.string(),
    direction: transferDirection,
    location: z.string(),
    artifacts: z.string().optional(),
    verify: transferVerification,
    credentials: transferCredentials.optional(),
    pythons: z.array(z.string()),
    actor: caller,
  })
  .parse(workerData);

const stop = new AbortController();
port.on('message', (message: ToTransfer) => {
  if (message.type === 'cancel') {
    stop.abort();
  }
});

const database = openDatabase(input.database);
const table = createTransferTable(database);
const findings = createFindings();
const say = (event: FromTransfer['event']): void => port.postMessage({ type: 'event', event } satisfies FromTransfer);

let last = 0;
let totalRuns: number | undefined;
let lastRuns = 0;
const write = (phase: TransferPhase, message: string, runs: number): void =>
  table.progress(input.id, phase, message, { runs, added: findings.added, ...(totalRuns === undefined ? {} : { totalRuns }) });
const progress = (phase: TransferPhase, message: string, runs: number): void => {
  const now = Date.now();
  lastRuns = runs;
  if (now - last < progressMilliseconds) {
    return;
  }
  last = now;
  write(phase, message, runs);
  say({ topic: 'transfer', id: input.id });
};

async function work(): Promise<Carried> {
  const own = openOwnStores(database, createDiskBlobs(input.blobs, `incoming-${input.id}`));
  const options = { credentials: input.credentials, artifacts: input.artifacts, signal: stop.signal };
  const importing = input.direction === 'import';
  const source = importing ? await openSource(input.location, options) : createOwnReader(own);
  const target = importing ? createOwnWriter(own, input.actor.user) : await openTarget(input.location, options, input.pythons);
  try {
    totalRuns = source.countRuns();
    source.notes().forEach((text) => findings.note(text));
    const carried = await carry({ source, target, items: table.items(input.id), findings, signal: stop.signal, progress });
    await verify({ source, target: target.reader, carried, findings, how: input.verify, signal: stop.signal, progress });
    return carried;
  } finally {
    write('end', '', lastRuns);
    source.close();
    target.reader.close();
  }
}

/** What a person can do something about; the rest is told as it is. */
function describe(error: unknown): string {
  const { message, remedy } = toTransferProblem(error, plainLocation(input.location), input.direction);
  return remedy === undefined ? message : `${message} ${remedy}`;
}

async function run(): Promise<void> {
  try {
    await work();
    const report = findings.report();
    const whole = report.conflicts.length === 0 && report.differences.length === 0;
    const message = whole
      ? 'Everything that the source holds is in the target.'
      : `${report.conflicts.length} in conflict, ${report.differences.length} missing or different: see the report.`;
    database.transaction(() => {
      table.end(input.id, whole ? 'succeeded' : 'incomplete', message, report);
      createAuditLog(database).append({
        actor: input.actor,
        action: input.direction === 'import' ? 'transfer.imported' : 'transfer.exported',
        subject: input.location,
        detail: { added: report.added, conflicts: report.conflicts.length, differences: report.differences.length },
      });
    })();
  } catch (error) {
    const cancelled = stop.signal.aborted;
    const message = cancelled ? 'Cancelled. What was carried stays; start it again to go on.' : describe(error);
    table.end(input.id, cancelled ? 'cancelled' : 'failed', message, undefined);
  }
  say({ topic: 'transfer', id: input.id });
  if (input.direction === 'import') {
    say({ topic: 'experiments' });
    for (const name of createRegisteredNames()) {
      say({ topic: 'model', name });
    }
  }
  database.close();
  port?.close();
}

function createRegisteredNames(): string[] {
  return database
    .prepare<[], { name: string }>('SELECT name FROM registered_models')
    .all()
    .map(({ name }) => name);
}

void run();
