import type { Place } from '../../mlflow/client/carried.ts';
import type { Carrying } from './carrying.ts';
import { readable, whyLeft } from './filesLeft.ts';

/** Whether the files of a place cannot be read from here; the report says so then. */
export function filesStay({ source, findings, filesStayed }: Carrying, files: Place): boolean {
  if (source.readable(files)) {
    return false;
  }
  filesStayed.add(files.id);
  findings.note(`Files at ${files.uri.replace(/^([a-z][a-z0-9+.-]*:\/*[^/]*).*$/i, '$1')} cannot be read from here and stay where they are.`);
  return true;
}

async function* untilStopped(content: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of readable(content)) {
    signal.throwIfAborted();
    yield chunk;
  }
}

/** Puts the files of a place that the target lacks. @param isNew the target holds no file there yet */
export async function carryFiles(work: Carrying, from: Place, to: Place, isNew: boolean): Promise<void> {
  const { source, target, findings, filesLeft, signal } = work;
  const there = new Map<string, number | undefined>();
  if (!isNew) {
    for await (const { path, bytes } of target.reader.files(to)) {
      there.set(path, bytes);
    }
  }
  for await (const { path, bytes } of source.files(from)) {
    if (there.has(path)) {
      const other = there.get(path);
      if (bytes !== undefined && other !== undefined && other !== bytes) {
        findings.conflict('artifact', `${to.id}/${path}`, [`it has ${other} bytes here, ${bytes} in the source: left as it is`]);
      }
      continue;
    }
    signal.throwIfAborted();
    try {
      await target.file(to, path, untilStopped(source.read(from, path), signal), bytes);
    } catch (error) {
      const why = whyLeft(error);
      if (why === undefined) {
        throw error;
      }
      filesLeft.add(`${from.id}/${path}`);
      findings.conflict('artifact', `${from.id}/${path}`, [`${why}: left where it is`]);
      continue;
    }
    findings.added.artifacts += 1;
    findings.added.bytes += bytes ?? 0;
    work.progress(from.of === 'run' ? 'runs' : 'models', path);
  }
}
