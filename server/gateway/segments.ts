import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../platform/errors.ts';

/** One append-only file of an endpoint's inference log. */
export interface Segment {
  /** File name: `<start in epoch ms>-<number>.ndjson`. */
  readonly name: string;
  readonly file: string;
  readonly startedAt: number;
}

const pattern = /^(\d+)-(\d+)\.ndjson$/;

export function segmentName(startedAt: number, number: number): string {
  return `${startedAt}-${number}.ndjson`;
}

/** The segments in an endpoint's folder, the oldest first; none when there is no folder. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') {
      return [];
    }
    throw error;
  });
  return names
    .flatMap((name) => {
      const match = pattern.exec(name);
      return match === null ? [] : [{ name, file: path.join(folder, name), startedAt: Number(match[1]), number: Number(match[2]) }];
    })
    .sort((a, b) => a.startedAt - b.startedAt || a.number - b.number)
    .map(({ name, file, startedAt }) => ({ name, file, startedAt }));
}
