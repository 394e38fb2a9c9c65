import path from 'node:path';
import { settings } from '../../server/contract/settings.ts';
import { ensureBaseImage } from './baseImage.ts';
import { build } from './build.ts';
import { ensureDesktop } from './desktop.ts';
import { ensureEngine } from './docker.ts';
import { ensureBrowser, ensureCodeServer } from './editor.ts';
import { ensurePackage } from './package.ts';
import type { Preparation } from './prepare.ts';
import { ensureImageRegistry, ensurePodman, ensurePrometheus, ensureSshKeygen } from './programs.ts';
import { ensurePython, findTestUv, uvFolder } from './python.ts';
import { run } from './step.mjs';
import { jupyterExtension, kernelExtension, packTestExtension } from './testExtensions.ts';

/** What suites need beside the npm packages; each is made at most once a run. The order is that of starting. */
export const preparations = {
  python: {
    needs: [],
    make: async () => {
      const python = await ensurePython('tests');
      return { environment: { SLIPWAY_TEST_PYTHON: python, PATH: [uvFolder, process.env['PATH'] ?? ''].join(path.delimiter) } };
    },
  },
  uv: {
    needs: ['python'],
    make: async () => {
      const uv = await findTestUv();
      return { environment: uv === undefined ? {} : { SLIPWAY_TEST_UV: JSON.stringify(uv) } };
    },
  },
  build: {
    needs: [],
    mustWork: true,
    make: async () => {
      await build();
      return {};
    },
  },
  engine: {
    needs: [],
    make: async () => {
      const engine = await ensureEngine();
      return { stop: () => engine.stop() };
    },
  },
  baseImage: {
    needs: ['engine', 'python'],
    make: async ({ SLIPWAY_TEST_PYTHON: python = 'python3' }) => {
      const version = (await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])).trim();
      return { environment: { SLIPWAY_TEST_BASE_IMAGE: await ensureBaseImage(settings.parse({}).baseImage.replace('{python}', version)) } };
    },
  },
  podman: {
    needs: [],
    make: async () => ({ environment: (await ensurePodman()) ? { SLIPWAY_TEST_PODMAN: 'podman' } : {} }),
  },
  imageRegistry: {
    needs: [],
    make: async () => ({ environment: (await ensureImageRegistry()) ? { SLIPWAY_TEST_IMAGE_REGISTRY: 'docker-registry' } : {} }),
  },
  prometheus: {
    needs: [],
    make: async () => ({ environment: (await ensurePrometheus()) ? { SLIPWAY_TEST_PROMETHEUS: 'prometheus' } : {} }),
  },
  sshKeygen: {
    needs: [],
    make: async () => ({ environment: (await ensureSshKeygen()) ? { SLIPWAY_TEST_SSH_KEYGEN: 'ssh-keygen' } : {} }),
  },
  browser: {
    needs: [],
    make: async () => ({ environment: { SLIPWAY_TEST_BROWSER: await ensureBrowser() } }),
  },
  editor: {
    needs: [],
    make: async () => ({ environment: { SLIPWAY_TEST_CODE_SERVER: await ensureCodeServer() } }),
  },
  package: {
    needs: ['build'],
    mustWork: true,
    make: async () => {
      const file = await ensurePackage();
      await packTestExtension(kernelExtension);
      await packTestExtension(jupyterExtension);
      return { environment: { SLIPWAY_TEST_PACKAGE: file } };
    },
  },
  desktop: {
    needs: [],
    make: async () => {
      const { executable, launcher } = await ensureDesktop();
      return { environment: { SLIPWAY_TEST_DESKTOP: executable }, launcher };
    },
  },
} as const satisfies Record<string, Preparation>;

export type PreparationName = keyof typeof preparations;
