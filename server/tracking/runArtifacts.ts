import { open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { artifactLimits, type ArtifactContent, type RunArtifact, type RunArtifacts } from '../contract/artifacts.ts';
import { Problem } from '../errors.ts';
import { checkArtifactPath, pathOfUri, type Artifacts, type StoredArtifact } from './artifacts.ts';
import type { RunRow, Runs } from './runs.ts';

/** More files than this of one run are not listed. */
const mostFiles = 1000;

/** Where MLflow's `log_table` notes what it wrote. */
const loggedArtifactsTag = 'mlflow.loggedArtifacts';
const loggedArtifacts = z.array(z.object({ path: z.string(), type: z.string() }));

const images = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp', '.svg']);
const delimited = new Set(['.csv', '.tsv']);
/** JSON is anything; these names are those of tables and confusion matrices. */
const tableNames = /table|matrix|confusion|per_class|report/i;

/** What of a run's files can be shown in a panel. */
export interface RunFiles {
  list(row: RunRow): RunArtifacts;
  /** @throws Problem `not-found`, or `invalid-input` for a path that leaves the run's folder */
  read(row: RunRow, file: string): Promise<ArtifactContent>;
}

export function createRunFiles(artifacts: Artifacts, runs: Pick<Runs, 'tag'>): RunFiles {
  const tablesOf = (row: RunRow): Set<string> => {
    const tag = runs.tag(row, loggedArtifactsTag);
    const parsed = tag === undefined ? undefined : loggedArtifacts.safeParse(parseJson(tag));
    return new Set(parsed?.data?.filter(({ type }) => type === 'table').map((logged) => logged.path));
  };

  return {
    list(row) {
      const runId = row.run_id;
      const root = pathOfUri(row.artifact_uri);
      if (root === undefined) {
        return { runId, files: [], truncated: false, elsewhere: row.artifact_uri };
      }
      const all = artifacts.below(root).map((artifact) => ({ ...artifact, path: artifact.path.slice(root.length + 1) }));
      // A model's folder has examples and descriptions as JSON, which are no results.
      const models = all.filter((file) => path.posix.basename(file.path) === 'MLmodel').map((file) => `${path.posix.dirname(file.path)}/`);
      const tables = tablesOf(row);
      const files = all.flatMap((file): RunArtifact[] => {
        const kind = models.some((folder) => file.path.startsWith(folder)) ? undefined : kindOf(file.path, tables);
        return kind === undefined ? [] : [{ path: file.path, bytes: file.bytes, sha256: file.sha256, kind }];
      });
      return { runId, files: files.slice(0, mostFiles), truncated: files.length > mostFiles };
    },
    async read(row, file) {
      const root = pathOfUri(row.artifact_uri);
      const artifact = root === undefined ? undefined : artifacts.find(`${root}/${checkArtifactPath(file)}`);
      if (artifact === undefined) {
        throw new Problem('not-found', `The run ${row.run_id} has no artifact '${file}' here.`, { field: 'path' });
      }
      return contentOf(artifacts.file(artifact), artifact);
    },
  };
}

function kindOf(file: string, tables: ReadonlySet<string>): RunArtifact['kind'] | undefined {
  const ending = path.posix.extname(file).toLowerCase();
  if (images.has(ending)) {
    return 'image';
  }
  if (ending === '.html') {
    return 'page';
  }
  return delimited.has(ending) || tables.has(file) || (ending === '.json' && tableNames.test(path.posix.basename(file))) ? 'table' : undefined;
}

/** Bytes that tell what a file is. */
const headBytes = 512;

async function contentOf(file: string, { bytes, path: name }: StoredArtifact): Promise<ArtifactContent> {
  const handle = await open(file).catch((error: unknown) => {
    throw new Problem('not-found', `The content of the artifact '${name}' is no longer on disk.`, { field: 'path', cause: error });
  });
  try {
    const head = Buffer.alloc(Math.min(headBytes, bytes));
    await handle.read(head, 0, head.byteLength, 0);
    const mime = imageTypeOf(head);
    if (mime === undefined && head.includes(0)) {
      return { kind: 'unknown', bytes };
    }
    const limit = mime === undefined ? artifactLimits.table : artifactLimits.image;
    if (bytes > limit) {
      return { kind: 'too-large', bytes, limit };
    }
    const content = Buffer.alloc(bytes);
    await handle.read(content, 0, bytes, 0);
    return mime === undefined ? { kind: 'text', text: content.toString('utf8'), bytes } : { kind: 'image', mime, base64: content.toString('base64'), bytes };
  } finally {
    await handle.close();
  }
}

type ImageType = Extract<ArtifactContent, { kind: 'image' }>['mime'];

/** The kind of image that a file begins like; undefined for anything else. */
export function imageTypeOf(head: Uint8Array): ImageType | undefined {
  const bytes = Buffer.from(head);
  const at = (start: number, text: string): boolean => bytes.subarray(start, start + text.length).toString('latin1') === text;
  if (at(0, '\x89PNG\r\n\x1a\n')) {
    return 'image/png';
  }
  if (at(0, '\xff\xd8\xff')) {
    return 'image/jpeg';
  }
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) {
    return 'image/gif';
  }
  if (at(0, 'RIFF') && at(8, 'WEBP')) {
    return 'image/webp';
  }
  return /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*|<!DOCTYPE svg[^>]*(?:>\s*)?)*<svg[\s>]/.test(bytes.toString('utf8')) ? 'image/svg+xml' : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
