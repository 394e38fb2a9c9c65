import type { RunArtifact, RunArtifacts } from '../../server/contract/artifacts.ts';
import { lookUp, type Known } from '../../server/contract/unknown.ts';

/** Where to read something: the digest tells a file that was written again from what it was. */
export interface FileContent {
  readonly path: string;
  readonly sha256: string | undefined;
}

/** One file, or one image of a series. */
export interface ArtifactFile extends FileContent {
  /** A smaller picture of the same, where there is one. */
  readonly preview: FileContent;
  readonly step: number;
  readonly timestamp: number;
}

/** What runs have under one name: a file each, or a series of images over steps. */
export interface ArtifactRow {
  readonly name: string;
  readonly kind: RunArtifact['kind'];
  readonly series: boolean;
  /** By run; by step, then by time. */
  readonly files: ReadonlyMap<string, readonly ArtifactFile[]>;
}

/**
 * The file names of MLflow's `log_image` (mlflow/tracking/client.py): `images/<key>+step+<n>+timestamp+<ms>+<uuid>[+compressed].<ending>`;
 * `%` instead of `+`, and `#` instead of `~` for a slash of the key, in older clients.
 */
const stepImage = /^images\/(?<key>.+?)[+%]step[+%](?<step>-?\d+)[+%]timestamp[+%](?<timestamp>\d+)[+%](?<id>[0-9a-f-]+)(?<compressed>[+%]compressed)?\.\w+$/i;

/** Rows by name: images first, then tables, then pages. */
export function artifactRows(runs: readonly RunArtifacts[]): ArtifactRow[] {
  const rows = new Map<string, { readonly row: Omit<ArtifactRow, 'files'>; readonly files: Map<string, ArtifactFile[]> }>();
  for (const { runId, files } of runs) {
    const previews = new Map(files.flatMap(({ path, sha256 }) => {
      const parts = stepImage.exec(path)?.groups;
      return parts?.['compressed'] === undefined ? [] : [[parts['id'], { path, sha256 }] as const];
    }));
    for (const { path, sha256, kind } of files) {
      const parts = stepImage.exec(path)?.groups;
      if (parts?.['compressed'] !== undefined) {
        continue;
      }
      const name = parts?.['key']?.replace(/[~#]/g, '/') ?? path;
      const series = parts !== undefined;
      const found = rows.get(`${kind} ${series} ${name}`) ?? { row: { name, kind, series }, files: new Map<string, ArtifactFile[]>() };
      rows.set(`${kind} ${series} ${name}`, found);
      const file = { path, sha256, preview: previews.get(parts?.['id']) ?? { path, sha256 }, step: Number(parts?.['step'] ?? 0), timestamp: Number(parts?.['timestamp'] ?? 0) };
      found.files.set(runId, [...(found.files.get(runId) ?? []), file]);
    }
  }
  const order: Readonly<Record<Known<RunArtifact['kind']>, number>> = { image: 0, table: 1, page: 2, file: 3 };
  const placeOf = (kind: string): number => lookUp(order, kind) ?? 3;
  return [...rows.values()]
    .map(({ row, files }) => ({ ...row, files: new Map([...files].map(([runId, list]) => [runId, [...list].sort((a, b) => a.step - b.step || a.timestamp - b.timestamp)])) }))
    .sort((a, b) => placeOf(a.kind) - placeOf(b.kind) || Number(b.series) - Number(a.series) || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** All steps of a row, ascending. */
export function stepsOf({ files }: ArtifactRow): number[] {
  return [...new Set([...files.values()].flatMap((list) => list.map(({ step }) => step)))].sort((a, b) => a - b);
}

/** The image that a run had at a step: the latest one by then, or its first one. */
export function fileAt({ files }: ArtifactRow, runId: string, step: number): ArtifactFile | undefined {
  const list = files.get(runId) ?? [];
  return list.findLast((file) => file.step <= step) ?? list[0];
}
