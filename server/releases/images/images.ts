import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { shortDigest } from '../../contract/format/digests.ts';
import type { EnvironmentLock, Release } from '../../contract/releases.ts';
import { Problem } from '../../platform/errors.ts';
import { pythonFolder } from '../../platform/resources.ts';
import { canonicalJson } from '../../platform/canonicalJson.ts';
import { baseImageName, describeBaseImage, imageId, type BaseImage } from './baseImage.ts';
import type { Progress } from '../../platform/command.ts';
import { environmentDockerfile, releaseDockerfile } from './dockerfiles.ts';
import type { Engine } from './engine.ts';
import { canMountContext } from './imageBuild.ts';
import { buildLayer, type LayerBuild } from './layer.ts';
import { collectWheels, type WheelSettings } from './wheels.ts';
import { platformFamily } from '../environments/requirements.ts';
import { createSharedWork } from '../sharedWork.ts';
import { buildLog } from '../environments/venvs.ts';

export interface Images {
  /** The base image that the settings name for a Python, pulled if needed. */
  describeBase(engine: Engine, python: string | undefined, progress: Progress, signal: AbortSignal): Promise<BaseImage>;
  /** Whether the engine has the base image that the settings name for a Python: it need not be pulled. */
  hasBase(engine: Engine, python: string | undefined): Promise<boolean>;
  /** Whether the engine has the environment image of a lock, on the base image that the settings name. */
  hasEnvironment(engine: Engine, lock: EnvironmentLock, signal: AbortSignal): Promise<boolean>;
  /**
   * The image of a release, built if the engine does not have it: an environment image, shared by all releases of the same lock, and
   * one small image with the model server and the model on top.
   * @returns the image's name
   * @throws Problem that says why it cannot be built
   */
  ensureImages(engine: Engine, release: Release, progress: Progress, signal: AbortSignal): Promise<{ readonly image: string }>;
}

export interface ImageSettings extends WheelSettings {
  /** Where wheels are collected for the time of a build. */
  readonly environments: string;
  readonly logs: string;
  lockText(sha256: string): string | undefined;
  releaseFolder(digest: string): string;
}

/** Counted up when the recipe of environment images changes, so that they are built anew. */
const environmentRecipe = 1;

export function createImages(settings: ImageSettings): Images {
  const environments = createSharedWork<string>();
  const releases = createSharedWork<{ image: string }>();

  const describeBase: Images['describeBase'] = (engine, python, progress, signal) =>
    describeBaseImage(engine, settings.settings().baseImage, python, progress, signal);

  const ensureEnvironment = async (context: LayerBuild, release: Release): Promise<string> => {
    const { engine, progress, signal } = context;
    const { environment: lock } = release;
    const base = await describeBase(engine, lock.python, progress, signal);
    if (base.python !== lock.python || platformFamily(base.platform) !== platformFamily(lock.platform)) {
      throw new Problem(
        'unavailable',
        `The release is locked for Python ${lock.python} on ${lock.platform}; the base image ${base.name} has Python ${base.python} on ${base.platform}.`,
        { remedy: 'Set slipway.baseImage to an image that fits, or deploy the model version again: that locks it for this image.' },
      );
    }
    const { key, tag } = environmentImage(base, lock);
    return environments.run(tag, progress, signal, async (announce, ended) => {
      if ((await imageId(engine.docker, tag)) !== undefined) {
        return tag;
      }
      const lockText = settings.lockText(lock.sha256);
      if (lockText === undefined) {
        throw new Problem('not-found', `The environment lock ${shortDigest(lock.sha256)} is not in this data home.`, {
          remedy: 'Deploy the model version again; that resolves its packages anew.',
        });
      }
      const folder = await mkdtemp(path.join(settings.environments, '.wheels-'));
      try {
        const own = { ...context, progress: announce, signal: ended };
        await mkdir(path.join(folder, 'wheels'));
        await writeFile(path.join(folder, 'requirements.lock'), lockText);
        await collectWheels(own, base, folder, settings);
        announce(`Building the environment image ${tag} on ${base.name}`);
        await buildLayer(own, tag, { 'slipway.environment': key, 'slipway.lock': lock.sha256, 'slipway.base': base.id }, [
          { path: 'Dockerfile', text: environmentDockerfile(base.name, canMountContext(engine)) },
          { path: 'requirements.lock', text: lockText },
          { path: 'wheels', from: path.join(folder, 'wheels') },
        ]);
        return tag;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  };

  const ensureRelease = async (engine: Engine, release: Release, progress: Progress, signal: AbortSignal): Promise<{ image: string }> => {
    const server = await hashOfRecipe(['slipway_server', 'slipway_cage'].map((name) => path.join(pythonFolder, name)));
    const image = `slipway/release:${release.digest.slice(0, 20)}-${server.slice(0, 8)}`;
    if ((await imageId(engine.docker, image)) !== undefined) {
      return { image };
    }
    await mkdir(path.join(settings.logs, 'builds'), { recursive: true });
    const log = createWriteStream(buildLog(settings.logs, release.digest), { flags: 'w' });
    // A log that cannot be written must not end the companion; the build itself meets the full disk too.
    log.on('error', () => undefined);
    try {
      const context = { engine, progress, signal, log };
      const environment = await ensureEnvironment(context, release);
      progress(`Building the image ${image}`);
      // Its libraries take long to load, and many never build an image.
      const { sbomOf } = await import('../sbom.ts');
      await buildLayer(context, image, releaseLabels(release, server, settings.settings().baseImage), [
        { path: 'Dockerfile', text: releaseDockerfile(environment) },
        { path: 'slipway_server', from: path.join(pythonFolder, 'slipway_server') },
        { path: 'slipway_cage', from: path.join(pythonFolder, 'slipway_cage') },
        { path: 'content/release', from: settings.releaseFolder(release.digest) },
        { path: 'content/sbom.cdx.json', text: sbomOf(release, settings.lockText(release.environment.sha256)) },
      ]);
      return { image };
    } catch (error) {
      log.write(`${error instanceof Error ? error.message : String(error)}\n`);
      throw error;
    } finally {
      log.end();
      await finished(log).catch(() => undefined);
    }
  };

  const hasBase: Images['hasBase'] = async ({ docker }, python) => (await imageId(docker, baseImageName(settings.settings().baseImage, python))) !== undefined;

  return {
    describeBase,
    hasBase,
    async hasEnvironment(engine, lock, signal) {
      if (!(await hasBase(engine, lock.python))) {
        return false;
      }
      const base = await describeBase(engine, lock.python, () => undefined, signal);
      return (await imageId(engine.docker, environmentImage(base, lock).tag)) !== undefined;
    },
    ensureImages: (engine, release, progress, signal) =>
      releases.run(`${engine.url} ${release.digest}`, progress, signal, (announce, ended) => ensureRelease(engine, release, announce, ended)),
  };
}

/** The environment image of a lock on a base image: what it is made from, and what it is called. */
function environmentImage(base: BaseImage, lock: EnvironmentLock): { readonly key: string; readonly tag: string } {
  const key = createHash('sha256').update(canonicalJson({ base: base.id, lock: lock.sha256, recipe: environmentRecipe })).digest('hex');
  return { key, tag: `slipway/environment:${key.slice(0, 20)}` };
}

function releaseLabels({ digest, createdAt, model, environment }: Release, server: string, base: string): Readonly<Record<string, string>> {
  return {
    'slipway.release': digest,
    'slipway.model': model.name,
    'slipway.model.version': String(model.version),
    'slipway.model.digest': model.digest,
    'slipway.lock': environment.sha256,
    'slipway.server': server,
    'org.opencontainers.image.title': model.name,
    'org.opencontainers.image.version': String(model.version),
    'org.opencontainers.image.description': `Version ${model.version} of the model ${model.name}, served by Slipway`,
    'org.opencontainers.image.created': new Date(createdAt).toISOString(),
    'org.opencontainers.image.base.name': base.replaceAll('{python}', environment.python),
  };
}

/** sha256 over the names and contents of folders' Python sources, and how an image of them is made. */
async function hashOfRecipe(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(releaseDockerfile(''));
  for (const folder of folders) {
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.py')).sort();
    for (const name of names) {
      hash.update(`${name.replaceAll(path.sep, '/')}\0`).update(await readFile(path.join(folder, name))).update('\0');
    }
  }
  return hash.digest('hex');
}
