import { AllowanceNeeded } from '../../platform/allowanceNeeded.ts';
import type { Release } from '../../contract/releases.ts';
import { settingsOf } from '../../contract/servingConfig.ts';
import { csvLine } from '../../platform/csvLine.ts';
import { Problem } from '../../platform/errors.ts';
import type { JobControl } from '../../platform/jobs/job.ts';
import { requireFormat, requireUnchanged, type BatchFormat } from './batchFiles.ts';
import { isPlaced, openOutput, placeOutput, readPosition, type BatchOutput, type BatchPosition } from './batchOutput.ts';
import type { BatchOrder } from './batchOrder.ts';
import { startBatchReplica, type BatchReplica, type BatchReplicaParts, type ChunkForm, type ScoredChunk } from './batchReplica.ts';
import { openChunks, type Chunk, type FileChunks } from './chunks.ts';
import { openParquetChunks } from './parquetThread.ts';

/** How far a batch is, as its job keeps it. */
export interface BatchSaid {
  readonly message: string;
  readonly release?: string | undefined;
  readonly rows: number;
  readonly scored: number;
  readonly rejected: number;
  /** Of the files, that are done with. */
  readonly bytes: number;
}

export interface BatchRunParts extends BatchReplicaParts {
  /** The release of the order: the one that is named, or that of its version, packaged if it is not there. */
  readonly releaseOf: (order: BatchOrder, progress: (message: string) => void, signal: AbortSignal) => Promise<Release>;
  /** This build's version. */
  readonly version: string;
}

const commitMilliseconds = 1000;
/** Of a replica whose release does not say how many it has. */
const usualWorkers = 2;

/** Scores the files of an order from where it was; what it wrote counts once, whenever its process ends. */
export async function runBatch(order: BatchOrder, parts: BatchRunParts, { signal }: Pick<JobControl, 'signal'>, say: (said: BatchSaid) => void): Promise<void> {
  const { out, id, files } = order;
  const before = readPosition(out, id);
  if (before === undefined && isPlaced(out, id)) {
    return;
  }
  let known = before?.release;
  const tell = (message: string, at: BatchPosition | undefined): void => {
    const bytes = at === undefined ? 0 : files.slice(0, at.file).reduce((sum, file) => sum + file.bytes, at.offset);
    say({ message, release: known, rows: at?.rows ?? 0, scored: at?.scored ?? 0, rejected: at?.rejected ?? 0, bytes });
  };
  const progress = (message: string): void => tell(message, before);
  progress('Preparing the release');
  const release = await parts.releaseOf(before === undefined ? order : { ...order, release: before.release }, progress, signal);
  known = release.digest;
  const read = before?.file === files.length ? before : await scoreBy(order, parts, { release, progress, tell }, signal);
  if (read.rows > 0 && read.scored === 0) {
    throw new Problem('invalid-input', `None of ${read.rows} rows could be scored. Row 1: ${read.firstReason ?? ''}`, { remedy: 'Check the columns and the values of the file.' });
  }
  await placeOutput(order, read, lineageOf(order, release, read, parts.version));
}

interface Telling {
  readonly release: Release;
  readonly progress: (message: string) => void;
  readonly tell: (message: string, at: BatchPosition) => void;
}

/** Scores by a replica of its own. @returns how far it came: behind the last file */
async function scoreBy(order: BatchOrder, parts: BatchRunParts, { release, progress, tell }: Telling, signal: AbortSignal): Promise<BatchPosition> {
  await Promise.all(order.files.map(requireUnchanged));
  progress('Starting a replica');
  const replica = await startBatchReplica(parts, { release, target: order.target, endpoint: order.endpoint ?? 'batch' }, progress, signal).catch((error: unknown) => {
    throw error instanceof AllowanceNeeded ? new Problem('conflict', error.message, { remedy: `Deploy version ${order.version} of ${order.model} and allow it there, then score with the endpoint.` }) : error;
  });
  try {
    const output = await openOutput(order.out, order.id, emptyPosition(release.digest));
    try {
      await scoreFiles(order, { release, replica, output }, signal, (at) => tell('Scoring', at));
      return output.position;
    } finally {
      await output.close();
    }
  } finally {
    await replica.stop();
  }
}

function emptyPosition(release: string): BatchPosition {
  return { release, file: 0, offset: 0, fileRows: 0, done: [], rows: 0, scored: 0, rejected: 0, columns: null, firstReason: null, outputBytes: 0, rejectedBytes: 0 };
}

interface Scoring {
  readonly release: Release;
  readonly replica: BatchReplica;
  readonly output: BatchOutput;
}

type Reached = Omit<BatchPosition, 'outputBytes' | 'rejectedBytes'>;

async function scoreFiles(order: BatchOrder, { release, replica, output }: Scoring, signal: AbortSignal, told: (at: BatchPosition) => void): Promise<void> {
  let at: Reached = output.position;
  let committed = Date.now();
  const commit = async (): Promise<void> => {
    // What a batch that was cancelled wrote is gone already.
    signal.throwIfAborted();
    await output.commit(at);
    committed = Date.now();
    told(output.position);
  };
  for (const [number, file] of order.files.entries()) {
    if (number < at.file) {
      continue;
    }
    const format = requireFormat(file.path, 'inputs');
    // The model server is given rows of Parquet as JSON Lines, and gives such back where they are to become Parquet.
    const form: ChunkForm = { source: linesOf(format), output: linesOf(requireFormat(order.out, 'out')), keep: order.keep === 'all' ? null : order.keep };
    const reading = format === 'parquet' ? openParquetChunks(file, at.fileRows) : await openChunks(file, at.offset);
    try {
      for await (const { chunk, scored } of inOrder(reading, (release.serving.workers ?? usualWorkers) + 1, (body) => replica.score(body, form, signal))) {
        signal.throwIfAborted();
        at = await add(order, file.path, at, chunk, scored, output);
        if (Date.now() - committed > commitMilliseconds) {
          await commit();
        }
      }
      await requireUnchanged(file);
      at = { ...at, file: number + 1, offset: 0, fileRows: 0, done: [...at.done, { sha256: reading.digest(), rows: at.fileRows }] };
      await commit();
    } finally {
      await reading.close();
    }
  }
}

function linesOf(format: BatchFormat): Exclude<BatchFormat, 'parquet'> {
  return format === 'parquet' ? 'jsonl' : format;
}

/** Asks for a few chunks at once, and gives what came of them in their order. */
async function* inOrder(reading: FileChunks, most: number, score: (body: Buffer) => Promise<ScoredChunk>): AsyncGenerator<{ readonly chunk: Chunk; readonly scored: ScoredChunk }> {
  const asked: { readonly chunk: Chunk; readonly answer: Promise<ScoredChunk> }[] = [];
  for await (const chunk of reading.chunks()) {
    const answer = score(chunk.body);
    // Whoever waits for it hears of its failure; until then it is nobody's.
    answer.catch(() => undefined);
    asked.push({ chunk, answer });
    const [first] = asked;
    if (first !== undefined && asked.length >= most) {
      asked.shift();
      yield { chunk: first.chunk, scored: await first.answer };
    }
  }
  for (const { chunk, answer } of asked) {
    yield { chunk, scored: await answer };
  }
}

/** Adds the lines of a chunk to the output. @returns how far the batch is then */
async function add({ out }: BatchOrder, file: string, at: Reached, chunk: Chunk, { rows, columns, rejects, body }: ScoredChunk, output: BatchOutput): Promise<Reached> {
  if (columns !== null && at.columns !== null && columns.join('\0') !== at.columns.join('\0')) {
    throw new Problem('invalid-input', `The model answers with other columns for other rows: ${at.columns.join(', ')}, then ${columns.join(', ')}.`, { remedy: 'Write JSON Lines or Parquet, where each row has its own.' });
  }
  const names = columns !== null && at.columns === null && requireFormat(out, 'out') === 'csv' ? `${csvLine(columns)}` : '';
  const rejected = rejects.map(([row, column, value, reason]) => csvLine([file, String(at.fileRows + row + 1), column, value, reason]));
  const rejectedNames = rejects.length > 0 && at.rejected === 0 ? csvLine(['file', 'row', 'column', 'value', 'reason']) : '';
  await output.append(names === '' ? body : Buffer.concat([Buffer.from(names), body]), Buffer.from(rejectedNames + rejected.join('')));
  return {
    ...at,
    offset: chunk.end,
    fileRows: at.fileRows + rows,
    rows: at.rows + rows,
    scored: at.scored + rows - rejects.length,
    rejected: at.rejected + rejects.length,
    columns: at.columns ?? columns,
    firstReason: at.firstReason ?? rejects[0]?.[3] ?? null,
  };
}

/** What an output was made from, for who finds it later. */
function lineageOf({ id, endpoint, files, out, keep, requestedBy }: BatchOrder, { digest, model, serving }: Release, at: Reached, version: string): string {
  return `${JSON.stringify(
    {
      slipway: version,
      batch: id,
      ...(endpoint === undefined ? {} : { endpoint }),
      release: digest,
      model: { name: model.name, version: model.version, digest: model.digest, ...(model.server === undefined ? {} : { server: model.server }) },
      serving: settingsOf(serving),
      inputs: files.map((file, index) => ({ path: file.path, bytes: file.bytes, ...at.done[index] })),
      output: { path: out, columns: at.columns ?? [], keep, rows: at.scored },
      rejected: at.rejected,
      requestedBy: requestedBy.user,
      endedAt: new Date().toISOString(),
    },
    undefined,
    2,
  )}\n`;
}
