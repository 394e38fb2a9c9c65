import { connectEngine, engineStatus } from '../../../releases/images/engine.ts';
import type { TargetEntry } from '../target.ts';
import { createDockerTarget } from './dockerTarget.ts';
import { rememberEngine } from './rememberEngine.ts';

/** Containers of Docker Engine or Podman. */
export const dockerEntry: TargetEntry = {
  kind: 'docker',
  label: 'Container',
  icon: 'package',
  replicaNoun: 'container',
  isolation: 'Without root, capabilities, a writable file system or (on x86-64 and ARM64) connections of its own, and with the limits of memory and processors that the serving config gives.',
  buildsImages: true,
  settings: ['dockerHost', 'baseImage', 'replicaMemoryMegabytes'],
  create: ({ home, settings, releases, imagesSettled }) =>
    createDockerTarget({
      folder: home.replicas,
      home: home.root,
      connect: rememberEngine(() => settings().dockerHost, () => connectEngine(settings())),
      status: () => engineStatus(settings()),
      ensureImage: async (engine, release, progress, signal) => {
        await imagesSettled();
        return releases.images.ensureImages(engine, release, progress, signal);
      },
      hasEnvironment: (engine, lock, signal) => releases.images.hasEnvironment(engine, lock, signal),
    }),
};
