import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { CallOutput } from '../../server/contract/api.ts';
import type { RunTablePart } from '../../server/contract/tracking.ts';
import type { Host } from '../ui/host.ts';
import type { SubjectOf } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { createRunTableWriter, type RunTable, type RunTableWriter } from './runTable.ts';

/** The runs of the panel's subject, as they arrive and change. */
export interface TableSource {
  readonly table: Resource<RunTable>;
  /** How many runs there will be; undefined until that is known. */
  readonly expected: ReadonlySignal<number | undefined>;
  /** There are more runs than the panel takes: the newest ones are shown. */
  readonly truncated: ReadonlySignal<boolean>;
  /** All runs have been read once. */
  readonly complete: ReadonlySignal<boolean>;
  /** Reads all runs again. */
  readonly refresh: () => void;
  /** Forgets the runs of another subject and reads those of this one. */
  readonly reset: () => void;
}

/** So few that they are there at once. */
const firstRuns = 40;
/** What comes with a call is read at once, in much less than a frame. */
const runsPerCall = 120;
/** While one answer is worked on, the next one is on its way. */
const callsAtOnce = 3;
const mostRuns = 20_000;
/** Drawing takes longer than reading: what arrives meanwhile is drawn together. */
const drawEveryMilliseconds = 300;
/** In the page's User Timing, for whoever measures: the first rows are on the screen. */
export const firstRowsMark = 'slipway.firstRows';

export function createTableSource(host: Host<'compare'>, subject: ReadonlySignal<SubjectOf<'compare'>>): TableSource {
  const expected = signal<number | undefined>(undefined);
  const truncated = signal(false);
  const complete = signal(false);
  let writer: RunTableWriter | undefined;
  /** Runs that have changed since they were read; undefined when all are to be read. */
  let changed: Set<string> | undefined;
  let generation = 0;
  /** Of the load that goes on. */
  let reading: AbortSignal | undefined;

  const ownIds = computed(() => new Set(subject.value.runIds));
  const listsIds = (): boolean => subject.peek().runIds.length > 0;
  const wantedIds = async (limit: number): Promise<CallOutput<'listRunIds'>> => {
    const { runIds, experimentId } = subject.peek();
    return runIds.length > 0
      ? { runIds: runIds.slice(0, limit), truncated: runIds.length > limit }
      : host.call('listRunIds', { limit, ...(experimentId === undefined ? {} : { experimentId }) }, reading);
  };
  const readPart = (runIds: readonly string[]): Promise<RunTablePart> => host.call('readRunTable', { runIds: [...runIds] }, reading);

  /** The parts of the table, the newest runs first. The first part does not wait until it is known which runs there are else. */
  async function* readParts(into: RunTableWriter): AsyncGenerator<RunTablePart> {
    const first = await wantedIds(firstRuns);
    const part = first.runIds.length === 0 ? undefined : await readPart(first.runIds);
    const all = first.truncated ? wantedIds(mostRuns) : Promise.resolve(first);
    expected.value = first.truncated ? undefined : first.runIds.length;
    // A failure is met where the ids are read, also when the first part is not wanted any more.
    all.catch(() => undefined);
    if (part !== undefined) {
      yield part;
    }
    const { runIds, truncated: isCut } = await all;
    into.expect(runIds.length);
    expected.value = runIds.length;
    truncated.value = isCut;
    const known = new Set(first.runIds);
    yield* inOrder(partsOf(runIds.filter((runId) => !known.has(runId))), readPart);
  }

  const readAll = async (show: (part: RunTable) => void): Promise<RunTable> => {
    const started = generation;
    const next = createRunTableWriter();
    let drawnAt = Number.NEGATIVE_INFINITY;
    for await (const part of readParts(next)) {
      // To read a message and to add what is in it, to add it and to draw the table: each leaves room for a frame.
      if (drawnAt !== Number.NEGATIVE_INFINITY) {
        await pause();
      }
      if (started !== generation) {
        break;
      }
      next.add(part);
      if (performance.now() - drawnAt > drawEveryMilliseconds) {
        if (drawnAt !== Number.NEGATIVE_INFINITY) {
          await pause();
        }
        show(next.table(!listsIds()));
        await nextFrame();
        if (drawnAt === Number.NEGATIVE_INFINITY) {
          performance.mark(firstRowsMark);
        }
        drawnAt = performance.now();
      }
    }
    if (started === generation) {
      writer = next;
      complete.value = true;
    }
    return next.table(!listsIds());
  };

  const readChanged = async (into: RunTableWriter, runIds: ReadonlySet<string>): Promise<RunTable> => {
    const gone = new Set(runIds);
    for await (const part of inOrder(partsOf([...runIds]), readPart)) {
      into.add(part);
      part.runs.forEach(({ runId }) => gone.delete(runId));
    }
    into.remove(gone);
    return into.table(!listsIds());
  };

  const table = createResource<RunTable>(async (show, signal) => {
    reading = signal;
    const [into, runIds] = [writer, changed];
    changed = new Set();
    try {
      return await (into === undefined || runIds === undefined ? readAll(show) : readChanged(into, runIds));
    } catch (error) {
      if (!signal.aborted) {
        changed = undefined;
      }
      throw error;
    }
  });

  const refresh = (): void => {
    changed = undefined;
    table.refresh();
  };
  host.onReconnect(refresh);
  host.onEvent((event) => {
    if (event.topic !== 'run') {
      return;
    }
    const { experimentId } = subject.peek();
    if (listsIds() ? ownIds.peek().has(event.runId) : experimentId === undefined || experimentId === event.experimentId) {
      changed?.add(event.runId);
      table.refresh();
    }
  });

  return {
    table,
    expected,
    truncated,
    complete,
    refresh,
    reset() {
      generation += 1;
      writer = undefined;
      changed = undefined;
      expected.value = undefined;
      truncated.value = false;
      complete.value = false;
      table.reset();
    },
  };
}

/** Ids of runs as one call takes them. @param size how many at most */
export function partsOf(runIds: readonly string[], size = runsPerCall): readonly string[][] {
  return Array.from({ length: Math.ceil(runIds.length / size) }, (_, index) => runIds.slice(index * size, (index + 1) * size));
}

/** Results in the order of the items, with a few calls under way at once. The first failure ends it. */
export async function* inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  let begun = 0;
  const begin = (): void => {
    const item = items[begun];
    if (item !== undefined) {
      begun += 1;
      const running = work(item);
      // A failure is met where its turn comes, also when an earlier one has ended the loop.
      running.catch(() => undefined);
      underWay.push(running);
    }
  };
  const beginSome = (): void => {
    while (underWay.length < callsAtOnce && begun < items.length) {
      begin();
    }
  };
  beginSome();
  for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) {
    const result = await next;
    beginSome();
    yield result;
  }
}

/** Resolves once the browser has done what waits for it, such as a frame. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/** Resolves once what has been rendered is on the screen. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
