import { mkdir } from 'node:fs/promises';
import { cagedCommand, findCage } from '../../../platform/cage.ts';
import { pythonFolder } from '../../../platform/resources.ts';
import { requireAllowedFolders } from '../allowedFolders.ts';
import type { ReplicaSpec } from '../target.ts';
import { modulesFolder, venvFolder, type Venv } from './compiledModules.ts';
import { replicaEnvironment, temporaryFolder } from './replicaEnvironment.ts';

export interface ReplicaPlace {
  /** The folder that the replica can write. */
  readonly own: string;
  /** The data home, which it cannot read. */
  readonly home: string;
  readonly host: string;
  readonly port: number;
}

/**
 * The model server of a replica in its cage, and the environment that it gets.
 * @throws Problem `invalid-input` for a folder that a replica must not read
 */
export async function replicaCommand(
  { id, release, folder, secrets, scoresBatches }: ReplicaSpec,
  venv: Venv,
  { own, home, host, port }: ReplicaPlace,
): Promise<{ readonly command: readonly string[]; readonly environment: NodeJS.ProcessEnv }> {
  const { allowedFolders = [], allowedNetwork = false, environment } = release.serving;
  requireAllowedFolders(allowedFolders, home);
  const cage = await findCage(venv.base);
  await mkdir(temporaryFolder(own), { recursive: true, mode: 0o700 });
  const bounds = { read: [folder, venvFolder(venv), pythonFolder, ...allowedFolders], write: [own], listen: port, network: allowedNetwork };
  return {
    command: cagedCommand(cage, venv.base, home, bounds, [venv.python, '-m', 'slipway_server', '--release', folder, '--host', host, '--port', String(port), '--key-from-input']),
    environment: {
      ...replicaEnvironment(own, modulesFolder(venv, cage), { ...environment, ...secrets }),
      SLIPWAY_REPLICA: id,
      ...(scoresBatches === true ? { SLIPWAY_BATCHES: '1' } : {}),
      ...(cage.mechanism === 'none' ? {} : { SLIPWAY_CAGE: cage.mechanism }),
    },
  };
}
