import { stat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../platform/errors.ts';
import { inferenceRecord, type InferenceRecord } from '../../gateway/inferenceRecord.ts';
import { listSegments, type Segment } from '../../gateway/segments.ts';
import type { Database } from '../../platform/database/database.ts';
import { addRequest, emptyWindow, unknownRelease, windowSpan, type WindowStatistics } from './accumulate.ts';
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
export function createIngest(root: string, database: Database, windows: WindowTable, profiles: Profiles): Ingest {
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
    for (const record of lines.flatMap(parseRecord)) {
      const release = record.release ?? '';
      const profile = release === '' ? unknownRelease : ((await profiles.of(release)) ?? unknownRelease);
      const at = record.at - (record.at % windowSpan);
      const key = `${release}/${at}`;
      let entry = added.get(key);
      if (entry === undefined) {
        entry = [{ endpoint, release, at, span: windowSpan }, emptyWindow()];
        added.set(key, entry);
      }
      addRequest(entry[1], record, profile);
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

/** A line that is no record, as a crash of the machine can leave it, is left out. */
function parseRecord(line: string): InferenceRecord[] {
  try {
    const parsed = inferenceRecord.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
