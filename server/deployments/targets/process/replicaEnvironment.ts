import path from 'node:path';
import { environmentFor } from '../../../platform/environment.ts';
import { pythonFolder } from '../../../platform/resources.ts';

/** Where a replica's programs keep what they write, inside its own folder. */
export function temporaryFolder(own: string): string {
  return path.join(own, 'tmp');
}

/**
 * The environment of a program that runs for a replica.
 * @param own the folder that is its home and holds its temporary files; on Windows these stay the user's
 * @param modules where compiled modules lie: beside the environment's own files, so that nothing is written where Slipway is installed
 */
export function replicaEnvironment(own: string, modules: string, chosen: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    ...environmentFor('replica'),
    ...(process.platform === 'win32' ? {} : { HOME: own, TMPDIR: temporaryFolder(own) }),
    ...chosen,
    PYTHONPATH: pythonFolder,
    PYTHONUNBUFFERED: '1',
    PYTHONPYCACHEPREFIX: modules,
  };
}
