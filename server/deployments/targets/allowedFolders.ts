import { realpathSync } from 'node:fs';
import { Problem } from '../../platform/errors.ts';
import { isBelow } from '../../platform/files/isBelow.ts';

/**
 * Refuses folders that a replica may not be let read: those that are not there, and those that hold the data home or lie in it.
 * @param home the data home
 * @throws Problem `invalid-input` that names the folder
 */
export function requireAllowedFolders(folders: readonly string[], home: string): void {
  const field = 'serving.allowedFolders';
  const closed = realpathSync(home);
  for (const folder of folders) {
    let real: string;
    try {
      real = realpathSync(folder);
    } catch (error) {
      throw new Problem('invalid-input', `The folder ${folder} cannot be read by a replica: it is not there.`, { field, remedy: 'Name a folder of this machine.', cause: error });
    }
    if (isBelow(closed, real) || isBelow(real, closed)) {
      throw new Problem('invalid-input', `The folder ${folder} cannot be given to a replica: ${isBelow(closed, real) ? 'it holds' : 'it lies in'} Slipway's data home, with its access token.`, {
        field,
        remedy: 'Name the folder that the model reads, and nothing above it.',
      });
    }
  }
}
