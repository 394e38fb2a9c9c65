import type { TargetEntry } from '../target.ts';
import { createProcessTarget } from './processTarget.ts';

/** Processes of this machine: needs no container engine. */
export const processEntry: TargetEntry = {
  kind: 'process',
  label: 'Local process',
  icon: 'server-process',
  replicaNoun: 'process',
  isolation: 'A process of your own user with the few environment variables that a program needs to start. On Linux and macOS it sees neither your files nor your network, where the system can shut it in; each replica says whether. On Linux it has the memory limit of its serving config.',
  buildsImages: false,
  settings: ['python', 'replicaMemoryMegabytes'],
  create: ({ home, releases, ended }) =>
    createProcessTarget({
      home: home.root,
      folder: home.replicas,
      ensureVenv: (release, progress, signal) => releases.venvs.ensureVenv(release.environment, progress, signal),
      venvOf: ({ sha256 }) => releases.venvs.existing(sha256),
      ended,
    }),
};
