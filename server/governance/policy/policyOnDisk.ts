import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { policyFileName } from '../../contract/policyFile.ts';
import { Problem, systemErrorCode } from '../../platform/errors.ts';

const mostBytes = 1_048_576;

/** A path of a policy's file as it is kept: whole, and without links where the file is there. @throws Problem `invalid-input` for what cannot be one */
export function policyPath(file: string): string {
  if (!path.isAbsolute(file) || path.basename(file) !== policyFileName || /\p{C}/u.test(file)) {
    throw new Problem('invalid-input', `file: must be the whole path of a file ${policyFileName}`, { field: 'file' });
  }
  try {
    return path.join(realpathSync(path.dirname(file)), policyFileName);
  } catch {
    return path.normalize(file);
  }
}

/** What a policy's file says by now; undefined where it is gone. @throws Problem `invalid-input` for what is no regular file, or too large */
export function readPolicyOnDisk(file: string): string | undefined {
  try {
    const found = statSync(file);
    if (!found.isFile() || found.size > mostBytes) {
      throw new Problem('invalid-input', `${file} is no file of at most ${mostBytes} bytes.`, { field: 'file' });
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) {
      return undefined;
    }
    throw error;
  }
}
