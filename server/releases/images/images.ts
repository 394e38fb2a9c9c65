import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { shortDigest } from '../../contract/format/digests.ts';
import type { Release } from '../../contract/releases.ts';
import type { Settings } from '../../contract/settings.ts';
import { Problem } from '../../platform/errors.ts';
import { pythonFolder } from '../../platform/resources.ts';
import { canonicalJson } from '../../platform/canonicalJson.ts';
import { describeBaseImage, imageId, type BaseImage } from './baseImage.ts';
import { buildContext, type ContextEntry } from './buildContext.ts';
import { runCommand, type Progress } from '../../platform/command.ts';
import { environmentDockerfile, releaseDockerfile, stageLabel } from './dockerfiles.ts';
import type { Engine } from './engine.ts';
import { buildImage, canMountContext, hasBuildKit } from './imageBuild.ts';
import { chooseInterpreter } from '../environments/interpreters.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { packageProblem, progressOf } from '../environments/packageProblem.ts';
import type { PackageTools } from '../environments/packageTools.ts';
import { compatiblePlatforms, platformFamily } from '../environments/requirements.ts';
import { createSharedWork } from '../sharedWork.ts';
import { buildLog } from '../environments/venvs.ts';

export interface Images {
  /** The base image that the settings name for a Python, pulled if needed. */
  describeBase(engine: Engine, python: string | undefined, progress: Progress, signal: AbortSignal): Promise<BaseImage>;
  /**
   * The image of a release, built if the engine does not have it: an environment image, shared by all releases of the same lock, and
   * one small image with the model server and the model on top.
   * @returns the image's name
   * @throws Problem that says why it cannot be built
   */
  ensureImages(engine: Engine, release: Release, progress: Progress, signal: AbortSignal): Promise<{ readonly image: string }>;
}

export interface ImageSettings {
  /** Where wheels are collected for the time of a build. */
  readonly environments: string;
  readonly logs: string;
  readonly tools: PackageTools;
  lockText(sha256: string): string | undefined;
  releaseFolder(digest: string): string;
  settings(): Settings;
}

/** Counted up when the recipe of environment images changes, so that they are built anew. */
const environmentRecipe = 1;

interface Build {
  readonly engine: Engine;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly log: WriteStream;
}

export function createImages(settings: ImageSettings): Images {
  const environments = createSharedWork<string>();
  const releases = createSharedWork<{ image: string }>();

  const describeBase: Images['describeBase'] = (engine, python, progress, signal) =>
    describeBaseImage(engine, settings.settings().baseImage, python, progress, signal);

  const build = async (context: Build, tag: string, labels: Readonly<Record<string, string>>, entries: readonly ContextEntry[]): Promise<void> => {
    const { engine, progress, signal, log } = context;
    const buildKit = hasBuildKit(engine);
    const onLine = (line: string): void => {
      log.write(`${line}\n`);
      if (/^(\[\S.*\]|Step \d+\/\d+ ?:) /i.test(line)) {
        progress(line.length > 160 ? `${line.slice(0, 160)}...` : line);
      }
    };
    await buildImage(engine, buildContext(entries), { tag, labels, buildKit, signal, onLine });
    if (!buildKit) {
      await removeStages(engine);
    }
  };

  /** Collects the wheels of a lock on this machine, with the index, CA, proxy and login settings that its pip has. */
  const collectWheels = async (context: Build, base: BaseImage, folder: string): Promise<void> => {
    const { progress, signal, log } = context;
    const interpreter = await chooseInterpreter(settings.settings().python, base.python, () => undefined, signal);
    const [file = '', ...args] = await settings.tools.pip(interpreter, progress, signal);
    const platforms = compatiblePlatforms(base.platform).flatMap((tag) => ['--platform', tag]);
    const restrictions = ['--only-binary', ':all:', '--python-version', base.python, ...platforms];
    const { status, lines } = await runCommand(
      file,
      [...args, 'download', '--require-hashes', '--no-deps', '--no-input', '-d', 'wheels', ...restrictions, '-r', 'requirements.lock'],
      {
        signal,
        cwd: folder,
        environment: pythonEnvironment(),
        onLine: (line) => {
          log.write(`${line}\n`);
          const text = progressOf(line);
          if (text !== undefined) {
            progress(text);
          }
        },
      },
    );
    if (status !== 0) {
      throw packageProblem(lines, 'collect the packages of the environment image');
    }
  };

  const ensureEnvironment = async (context: Build, release: Release): Promise<string> => {
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
    const key = createHash('sha256').update(canonicalJson({ base: base.id, lock: lock.sha256, recipe: environmentRecipe })).digest('hex');
    const tag = `slipway/environment:${key.slice(0, 20)}`;
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
        await collectWheels(own, base, folder);
        announce(`Building the environment image ${tag} on ${base.name}`);
        await build(own, tag, { 'slipway.environment': key, 'slipway.lock': lock.sha256, 'slipway.base': base.id }, [
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
    const server = await hashOfFolder(path.join(pythonFolder, 'slipway_server'));
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
      await build(context, image, releaseLabels(release, server), [
        { path: 'Dockerfile', text: releaseDockerfile(environment) },
        { path: 'slipway_server', from: path.join(pythonFolder, 'slipway_server') },
        { path: 'release', from: settings.releaseFolder(release.digest) },
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

  return {
    describeBase,
    ensureImages: (engine, release, progress, signal) =>
      releases.run(`${engine.url} ${release.digest}`, progress, signal, (announce, ended) => ensureRelease(engine, release, announce, ended)),
  };
}

/** Removes the stages that the classic builder kept. One that is in use by another build stays. */
async function removeStages({ docker }: Engine): Promise<void> {
  const stages = await docker.listImages({ filters: { dangling: ['true'], label: [stageLabel] } });
  for (const { Id: id } of stages) {
    await docker.getImage(id).remove().catch(() => undefined);
  }
}

function releaseLabels({ digest, model, environment }: Release, server: string): Readonly<Record<string, string>> {
  return {
    'slipway.release': digest,
    'slipway.model': model.name,
    'slipway.model.version': String(model.version),
    'slipway.model.digest': model.digest,
    'slipway.lock': environment.sha256,
    'slipway.server': server,
    'org.opencontainers.image.title': model.name,
    'org.opencontainers.image.version': String(model.version),
  };
}

/** sha256 over the names and contents of a folder's Python sources. */
async function hashOfFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.py')).sort();
  for (const name of names) {
    hash.update(`${name.replaceAll(path.sep, '/')}\0`).update(await readFile(path.join(folder, name))).update('\0');
  }
  return hash.digest('hex');
}
