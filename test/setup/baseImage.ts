import Docker from 'dockerode';
import { createReadStream, createWriteStream, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, cache, run, say, step } from './step.mjs';

const release = 'bookworm';

/** Name of the base image that is made here when no registry answers. */
const localBaseImage = `slipway-base:${release}`;

/** How long a registry may take to send the first layer's bytes before the image is made here. */
const registryPatienceMilliseconds = 20_000;

/**
 * Finds or makes an image with Python and pip for environment images: the wanted one when the engine has it or can pull it, else a
 * minimal Debian from this machine's own apt mirror.
 * @returns its name, for the base-image setting
 * @throws SetupError that says what is missing
 */
export async function ensureBaseImage(wanted: string): Promise<string> {
  const docker = new Docker();
  for (const name of [wanted, localBaseImage]) {
    if (await isPresent(docker, name)) {
      return name;
    }
  }
  if (await step(`Pulling ${wanted}`, () => pull(docker, wanted))) {
    return wanted;
  }
  say('  no registry sends it');
  const archive = await ensureArchive();
  await step(`Importing ${localBaseImage}`, () => importArchive(docker, archive));
  return localBaseImage;
}

async function isPresent(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch {
    return false;
  }
}

/** True when the image came; false when no registry answers soon or none has it. */
async function pull(docker: Docker, name: string): Promise<boolean> {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, registryPatienceMilliseconds);
  try {
    const progress: NodeJS.ReadableStream = await docker.pull(name, { abortSignal: abort.signal });
    await new Promise<void>((resolve, reject) => {
      abort.signal.addEventListener('abort', () => {
        reject(new Error('no answer in time'));
      });
      docker.modem.followProgress(
        progress,
        (error) => {
          if (error === null) {
            resolve();
          } else {
            reject(error);
          }
        },
        () => {
          clearTimeout(timer);
        },
      );
    });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** A root file system with Python as one tar file, made once and kept in the cache. */
async function ensureArchive(): Promise<string> {
  const archive = path.join(cache, 'base-image', `${release}-${process.arch}.tar`);
  if (existsSync(archive)) {
    return archive;
  }
  if (!canInstallPackages()) {
    throw new SetupError('no base image: the registry cannot be reached, and making one needs root on Debian (debootstrap)');
  }
  const mirror = findMirror();
  await aptInstall(['debootstrap', 'ca-certificates']);
  mkdirSync(path.dirname(archive), { recursive: true });
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-base-'));
  try {
    await step('Making a Debian base image (debootstrap)', async () => {
      const packages = 'ca-certificates,python3,python3-pip,python3-venv';
      await run('debootstrap', ['--variant=minbase', `--include=${packages}`, release, folder, mirror]);
      const left = ['var/cache/apt/archives', 'var/lib/apt/lists', 'var/log'].map((name) => `--exclude=./${name}/*`);
      const unfinished = `${archive}.part`;
      const tar = spawn('tar', ['--create', '--numeric-owner', '--one-file-system', ...left, '--directory', folder, '.'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(tar, 'close');
      await pipeline(tar.stdout, createWriteStream(unfinished));
      await ended;
      if (tar.exitCode !== 0) {
        throw new SetupError(`tar ended with status ${String(tar.exitCode)}`);
      }
      renameSync(unfinished, archive);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return archive;
}

async function importArchive(docker: Docker, archive: string): Promise<void> {
  const [repo, tag] = localBaseImage.split(':');
  const changes = ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'CMD ["python3"]'];
  const progress: NodeJS.ReadableStream = await docker.importImage(createReadStream(archive), { repo, tag, changes });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => {
      if (error === null) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

/**
 * The mirror that this machine's apt uses for Debian itself, from either format of its sources.
 * @throws SetupError when there is none
 */
function findMirror(): string {
  for (const file of ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*.{list,sources}')].filter((name) => existsSync(name))) {
    const mirror = mirrorIn(readFileSync(file, 'utf8'));
    if (mirror !== undefined) {
      return mirror;
    }
  }
  throw new SetupError('no Debian mirror was found in /etc/apt');
}

/** The address of the main Debian archive in a sources file: one-line format (`deb ADDRESS SUITE ...`) or deb822 stanzas. */
export function mirrorIn(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  for (const line of lines) {
    const [, address, suite] = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line) ?? [];
    if (address !== undefined && isDebianArchive(address, [suite ?? ''])) {
      return address;
    }
  }
  for (const stanza of lines.join('\n').split(/\n\s*\n/)) {
    const field = (name: string): string[] => new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(stanza)?.[1]?.split(/\s+/) ?? [];
    const [address] = field('URIs');
    if (field('Types').includes('deb') && address !== undefined && isDebianArchive(address, field('Suites'))) {
      return address;
    }
  }
  return undefined;
}

/** The archive itself has suites by plain code names; security updates and other vendors' repositories are told apart by theirs. */
function isDebianArchive(address: string, suites: readonly string[]): boolean {
  return /\/debian\/?$/.test(address) && suites.some((suite) => /^[a-z]+$/.test(suite));
}
