import { mkdtemp, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import { z } from 'zod';
import type { Caller } from '../contract/caller.ts';
import type { Signature } from '../contract/registry.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import { callerAtDoor } from '../platform/caller.ts';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import type { DataHome } from '../platform/home.ts';
import { removePrefixed } from '../platform/files/removePrefixed.ts';
import type { GivenRows, TakenRows } from './windows/profiles.ts';

/** What a baseline is taken for. */
export interface GivenRowsParts {
  readonly home: Pick<DataHome, 'root'>;
  readonly audit: AuditLog;
  /** A model version; its digest is that of its files. @throws Problem `not-found` */
  version(name: string, version: number): Promise<{ readonly digest: string; readonly signature: Signature | undefined }>;
  take(given: GivenRows): Promise<TakenRows>;
}

const prefix = '.given-rows-';
const versionPath = z.object({ name: z.string(), version: z.coerce.number().int().positive() });

/** Files of a companion that was killed while it read rows. */
export const removeGivenRows = (home: Pick<DataHome, 'root'>): Promise<void> => removePrefixed(home.root, prefix);

/**
 * `POST /models/:name/versions/:version/baseline` takes the rows that a version was trained on, as CSV (`text/csv`) with a line of names, and makes their
 * statistics the baseline of its releases; the rows themselves are not kept. Answers `{rows, columns}`. It is no call of the contract, whose inputs are read
 * whole: rows are read as they come, however many there are.
 */
export function givenRowsRouter(parts: GivenRowsParts): Router {
  const router = Router();
  router.post('/models/:name/versions/:version/baseline', (request, response, next) => {
    const read = async (): Promise<void> => {
      if (request.is('text/csv') === false) {
        throw new Problem('invalid-input', 'Rows of a baseline are CSV.', { field: 'content-type', remedy: 'Send them as text/csv, with a line of names.' });
      }
      const asked = versionPath.safeParse(request.params);
      if (!asked.success) {
        throw new Problem('invalid-input', 'version: must be a number', { field: 'version' });
      }
      const caller = callerAtDoor(request.headers);
      const found = await parts.version(asked.data.name, asked.data.version);
      response.json(await inFile(parts.home, request, (file) => take(parts, { ...asked.data, ...found, file, caller })));
    };
    read().catch((error: unknown) => {
      // It is read to its end, so that the client hears why.
      request.resume();
      next(error);
    });
  });
  return router;
}

async function inFile<T>({ root }: Pick<DataHome, 'root'>, rows: NodeJS.ReadableStream, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(root, prefix));
  try {
    const file = path.join(folder, 'rows.csv');
    await pipeline(rows, createWriteStream(file, { mode: 0o600 })).catch((error: unknown) => {
      throw systemErrorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE' ? new Problem('invalid-input', 'The request ended before its rows were complete.', { cause: error }) : error;
    });
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Given {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly signature: Signature | undefined;
  readonly file: string;
  readonly caller: Caller;
}

async function take(parts: GivenRowsParts, { name, version, digest, signature, file, caller }: Given): Promise<{ rows: number; columns: number }> {
  if (signature === undefined || signature.inputs.length === 0) {
    throw new Problem('conflict', `Version ${version} of ${name} has no signature, so its inputs are not known.`, { field: 'version', remedy: 'Log it with an input example.' });
  }
  const taken = await parts.take({ modelDigest: digest, signature, file });
  if ('lacking' in taken) {
    const [first = '', ...others] = taken.lacking;
    throw new Problem('invalid-input', `The rows have no column ${first}${others.length === 0 ? '' : `, nor ${others.length} more inputs`} of the model.`, {
      field: 'data',
      remedy: 'Give the rows with the columns that the model was trained on.',
    });
  }
  if (taken.rows === 0) {
    throw new Problem('invalid-input', 'There are no rows.', { field: 'data', remedy: 'Give the rows that the model was trained on.' });
  }
  parts.audit.append({ actor: caller, action: 'baseline.taken', subject: name, detail: { version, ...taken } });
  return taken;
}
