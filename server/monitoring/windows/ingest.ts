import { stat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../platform/errors.ts';
import { inferenceRecord, type InferenceRecord } from '../../gateway/inferenceRecord.ts';
import { gapLine, type LogGap } from '../../gateway/logLosses.ts';
import { listSegments, type Segment } from '../../gateway/segments.ts';
import type { Database } from '../../platform/database/database.ts';
import { addRequest, emptyWindow, unknownRelease, windowSpan, type WindowStatistics } from './accumulate.ts';
import { addLost, lostOf } from './lostRequests.ts';
import type { Profiles } from './profiles.ts';
import { readLines, type LinesRead } from '../segmentReader.ts';
import type { WindowKey, WindowTable } from './windowTable.ts';

/** The gateway opens a new segment every hour; one this old does not grow any more. */
const settledMilliseconds = 2 * 3_600_000;

export interface LogSize {
  readonly bytes: number;
  readonly unreadBytes: number;
}

export interface Ingest {
  /** Reads what the endpoint's log holds now; true when there was something new. */
  catchUp(endpoint: string): Promise<boolean>;
  endpoints(): Promise<string[]>;
  size(endpoint: string): Promise<LogSize>;
  /** Bytes of a segment that have been read. */
  offset(endpoint: string, segment: string): number;
  /** True when the bodies that are not to be kept have been taken out of a segment. */
  isThinned(endpoint: string, segment: string): boolean;
  /** Notes that a segment was rewritten without some bodies, and its new size. */
  setThinned(endpoint: string, segment: string, bytes: number): void;
  /** Forgets a segment that has been deleted. */
  forget(endpoint: string, segment: string): void;
}

/**
 * Brings the inference log into windows, each line exactly once: the windows and the position up to which the log has been read are
 * committed together.
 */
export function createIngest(root: string, database: Database, windows: WindowTable, profiles: Pick<Profiles, 'of'>): Ingest {
  const putOffset = database.prepare<[string, string, number]>(
    'INSERT INTO monitoring_segments (endpoint, name, offset) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offset = excluded.offset',
  );
  const findOffset = database.prepare<[string, string], { offset: number }>('SELECT offset FROM monitoring_segments WHERE endpoint = ? AND name = ?');
  const findThinned = database.prepare<[string, string], { thinned: number }>('SELECT thinned FROM monitoring_segments WHERE endpoint = ? AND name = ?');
  const putThinned = database.prepare<[number, string, string]>('UPDATE monitoring_segments SET thinned = 1, offset = ? WHERE endpoint = ? AND name = ?');
  const dropOffset = database.prepare<[string, string]>('DELETE FROM monitoring_segments WHERE endpoint = ? AND name = ?');
  const offsets = new Map<string, number>();
  const settled = new Set<string>();
  const keyOf = (endpoint: string, name: string): string => `${endpoint}/${name}`;
  for (const { endpoint, name, offset } of database.prepare<[], { endpoint: string; name: string; offset: number }>('SELECT endpoint, name, offset FROM monitoring_segments').all()) {
    offsets.set(keyOf(endpoint, name), offset);
  }
  const offsetOf = (endpoint: string, name: string): number => offsets.get(keyOf(endpoint, name)) ?? 0;

  /** Returns where the segment has been read to: another reader's position when it came first, and then nothing is added. */
  const commit = database.transaction((endpoint: string, name: string, start: number, end: number, added: readonly (readonly [WindowKey, WindowStatistics])[]): number => {
    const stored = findOffset.get(endpoint, name)?.offset ?? 0;
    if (stored !== start) {
      return stored;
    }
    for (const [key, window] of added) {
      windows.add(key, window);
    }
    putOffset.run(endpoint, name, end);
    return end;
  });

  const ingestLines = async (endpoint: string, segment: Segment, start: number, { lines, end }: LinesRead): Promise<number> => {
    const added = new Map<string, readonly [WindowKey, WindowStatistics]>();
    const windowAt = (release: string, time: number): WindowStatistics => {
      const at = time - (time % windowSpan);
      const key = `${release}/${at}`;
      const entry = added.get(key) ?? ([{ endpoint, release, at, span: windowSpan }, emptyWindow()] as const);
      added.set(key, entry);
      return entry[1];
    };
    for (const read of lines.flatMap(parseLine)) {
      const release = read.release ?? '';
      if ('v' in read) {
        const profile = release === '' ? unknownRelease : ((await profiles.of(release)) ?? unknownRelease);
        addRequest(windowAt(release, read.at), read, profile);
      } else {
        const window = windowAt(release, read.from);
        window.lost = addLost(window.lost, lostOf(read));
      }
    }
    const reached = commit.immediate(endpoint, segment.name, start, end, [...added.values()]);
    offsets.set(keyOf(endpoint, segment.name), reached);
    return reached;
  };

  const readSegment = async (endpoint: string, segment: Segment): Promise<boolean> => {
    const key = keyOf(endpoint, segment.name);
    if (settled.has(key)) {
      return false;
    }
    const { size } = await stat(segment.file);
    let offset = offsetOf(endpoint, segment.name);
    let changed = false;
    while (offset < size) {
      const read = await readLines(segment.file, offset);
      if (read.end === offset) {
        break;
      }
      offset = await ingestLines(endpoint, segment, offset, read);
      changed = true;
    }
    if (!changed && segment.startedAt + settledMilliseconds < Date.now()) {
      settled.add(key);
    }
    return changed;
  };

  return {
    async catchUp(endpoint) {
      let changed = false;
      for (const segment of await listSegments(path.join(root, endpoint))) {
        try {
          changed = (await readSegment(endpoint, segment)) || changed;
        } catch (error) {
          if (systemErrorCode(error) !== 'ENOENT') {
            throw error;
          }
        }
      }
      return changed;
    },
    async endpoints() {
      const found = await readdir(root, { withFileTypes: true });
      return found.filter((item) => item.isDirectory()).map(({ name }) => name);
    },
    async size(endpoint) {
      let bytes = 0;
      let unreadBytes = 0;
      for (const { name, file } of await listSegments(path.join(root, endpoint))) {
        const size = await stat(file).then((found) => found.size, () => 0);
        bytes += size;
        unreadBytes += Math.max(0, size - offsetOf(endpoint, name));
      }
      return { bytes, unreadBytes };
    },
    offset: offsetOf,
    isThinned: (endpoint, name) => findThinned.get(endpoint, name)?.thinned === 1,
    setThinned(endpoint, name, bytes) {
      putThinned.run(bytes, endpoint, name);
      offsets.set(keyOf(endpoint, name), bytes);
    },
    forget(endpoint, name) {
      dropOffset.run(endpoint, name);
      offsets.delete(keyOf(endpoint, name));
      settled.delete(keyOf(endpoint, name));
    },
  };
}

/** A line that is neither a record nor says what is missing, as a crash of the machine or a full disk can leave it, is left out. */
function parseLine(line: string): (InferenceRecord | LogGap)[] {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return [];
  }
  const record = inferenceRecord.safeParse(document);
  if (record.success) {
    return [record.data];
  }
  const missing = gapLine.safeParse(document);
  return missing.success ? [missing.data.gap] : [];
}
