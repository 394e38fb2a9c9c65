import path from 'node:path';
import { z } from 'zod';
import type { Known } from '../contract/unknown.ts';
import { artifactLimits, type ArtifactContent, type RunArtifact, type RunArtifacts } from '../contract/artifacts.ts';

/** More files than this of one run are not listed. */
const mostFiles = 1000;

/** Where MLflow's `log_table` notes what it wrote. */
export const loggedArtifactsTag = 'mlflow.loggedArtifacts';
const loggedArtifacts = z.array(z.object({ path: z.string(), type: z.string() }));

const images = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp', '.svg']);
const delimited = new Set(['.csv', '.tsv']);
/** JSON is anything; these names are those of tables and confusion matrices. */
const tableNames = /table|matrix|confusion|per_class|report/i;

/**
 * The files of a run that can be shown in a panel.
 * @param files all files, by their paths below the run's artifacts
 * @param tag the run's `mlflow.loggedArtifacts`, if it has one
 * @param all also those that no panel shows
 */
export function shownArtifacts(files: readonly Omit<RunArtifact, 'kind'>[], tag: string | undefined, all = false): Pick<RunArtifacts, 'files' | 'truncated'> {
  // A model's folder has examples and descriptions as JSON, which are no results.
  const models = files.filter((file) => path.posix.basename(file.path) === 'MLmodel').map((file) => `${path.posix.dirname(file.path)}/`);
  const parsed = tag === undefined ? undefined : loggedArtifacts.safeParse(parseJson(tag));
  const tables = new Set(parsed?.data?.filter(({ type }) => type === 'table').map((logged) => logged.path));
  const shown = files.flatMap((file): RunArtifact[] => {
    const kind = models.some((folder) => file.path.startsWith(folder)) ? undefined : kindOf(file.path, tables);
    return kind === undefined && !all ? [] : [{ ...file, kind: kind ?? 'file' }];
  });
  return { files: shown.slice(0, mostFiles), truncated: shown.length > mostFiles };
}

function kindOf(file: string, tables: ReadonlySet<string>): Known<RunArtifact['kind']> | undefined {
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
export const headBytes = 512;

type ImageType = Extract<ArtifactContent, { kind: 'image' }>['mime'];

/** How a file's content is shown, by its first bytes; `limit` is the size up to which it is. */
export type ShownAs = { readonly kind: 'unknown' } | { readonly kind: 'text'; readonly limit: number } | { readonly kind: 'image'; readonly mime: ImageType; readonly limit: number };

export function shownAs(head: Uint8Array): ShownAs {
  const mime = imageTypeOf(head);
  if (mime !== undefined) {
    return { kind: 'image', mime, limit: artifactLimits.image };
  }
  return head.includes(0) ? { kind: 'unknown' } : { kind: 'text', limit: artifactLimits.table };
}

/** @param content the whole of it */
export function shownContent(as: Exclude<ShownAs, { kind: 'unknown' }>, content: Buffer): ArtifactContent {
  const bytes = content.byteLength;
  return as.kind === 'text' ? { kind: 'text', text: content.toString('utf8'), bytes } : { kind: 'image', mime: as.mime, base64: content.toString('base64'), bytes };
}

/** The kind of image that a file begins like; undefined for anything else. */
function imageTypeOf(head: Uint8Array): ImageType | undefined {
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
