import { execFile } from 'node:child_process';
import { z } from 'zod';
import type { TransferDirection } from '../contract/transfer.ts';
import { environmentFor } from '../platform/environment.ts';
import { Problem } from '../platform/errors.ts';
import { unusableProblem } from './transferProblem.ts';
import { pathOfLocation } from './location.ts';

/** A drive that is gone answers never; one that sleeps needs a few seconds. */
const patienceMilliseconds = 10_000;

/**
 * Says as JSON what hinders the use of a path, and where. A folder is tried by making one in it that goes at once: that tells more than
 * its permissions, and no folder of the path is left.
 */
const script = `
const fs = require('node:fs'), path = require('node:path');
const [wanted, isWritten] = [process.argv[1], process.argv[2] === 'write'];
const fail = (code) => { throw Object.assign(new Error(code), { code }); };
const kindOf = (at) => {
  const found = fs.statSync(at, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.isDirectory() ? 'folder' : found.isFile() ? 'file' : fail('SPECIAL');
};
const isDatabase = (at) => /\\.(db|sqlite3?)$/i.test(at);
let at = wanted;
try {
  const kind = kindOf(at);
  if (kind === 'folder' && isDatabase(at)) fail('EISDIR');
  if (isWritten) {
    const file = kind === 'file' ? at : path.join(at, 'mlflow.db');
    if (kindOf(file) === 'file') fs.accessSync((at = file), fs.constants.W_OK);
    at = kind === 'file' || isDatabase(wanted) ? path.dirname(wanted) : wanted;
    while (kindOf(at) !== 'folder') {
      if (kindOf(at) === 'file') fail('ENOTDIR');
      at = path.dirname(at);
    }
    const made = fs.mkdtempSync(path.join(at, '.slipway-'));
    try { fs.writeFileSync(path.join(made, 'probe'), 'x'); } finally { fs.rmSync(made, { recursive: true, force: true }); }
  }
  console.log(JSON.stringify({ code: '', at }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code ?? error.message, at }));
}
`;

const answer = z.object({ code: z.string(), at: z.string() });

function look(path: string, mode: 'read' | 'write', signal: AbortSignal): Promise<z.output<typeof answer> | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, ['-e', script, path, mode], { signal, env: environmentFor('script') }, (error, output) => {
      clearTimeout(timer);
      if (error === null) {
        resolve(answer.parse(JSON.parse(output)));
      } else {
        reject(new Error(error.message, { cause: error }));
      }
    });
    // A process that hangs in the system cannot be ended: nobody waits for it.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      resolve(undefined);
    }, patienceMilliseconds);
  });
}

/**
 * Looks whether a path on this machine can be read, or written for an export, in a process of its own: on a drive that is gone each call
 * of the system hangs. What is not there is left to the transfer to tell.
 * @throws Problem that names the field and says what to do
 */
export async function checkPath(field: 'location' | 'artifacts', location: string, direction: TransferDirection, signal: AbortSignal): Promise<void> {
  const path = pathOfLocation(location);
  if (path === undefined) {
    return;
  }
  const found = await look(path, direction === 'export' ? 'write' : 'read', signal);
  if (found === undefined) {
    throw new Problem('unavailable', `${field}: ${path} does not answer.`, { field, remedy: 'Check that its drive or network share is there, or name another path.' });
  }
  if (found.code !== '') {
    throw unusableProblem(found.code, found.at, field);
  }
}
