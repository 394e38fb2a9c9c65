import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { EnvironmentLock } from '../../contract/releases.ts';
import { normalizedName } from '../../models/models.ts';
import { Problem } from '../../platform/errors.ts';
import { canonicalJson } from '../../platform/canonicalJson.ts';
import type { Progress } from '../../platform/command.ts';
import { type Interpreter } from './interpreters.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { packageProblem, progressOf } from './packageProblem.ts';
import type { PackageTools, ToolRun } from './packageTools.ts';
import { compatiblePlatforms, formatLock, parseLock, platformFamily, wheelsBut, type LockTarget, type PinnedPackage } from './requirements.ts';
import type { LockTable } from '../releaseTables.ts';
import { createSharedWork } from '../sharedWork.ts';

export interface LockInput {
  /** Text of the model's requirements.txt. */
  readonly requirements: string;
  /** Text of the constraints.txt that the requirements may name with `-c constraints.txt`. */
  readonly constraints?: string;
  /** `name==version` lines of the kernel that the model was trained in: kept where they can be, so that the replica has what training had. */
  readonly installed?: readonly string[] | undefined;
  /** What the model server needs beside. */
  readonly server: string;
  readonly target: LockTarget;
  /** Locked for the base image, not for a Python of this machine. */
  readonly forImage: boolean;
  /** Packages that may be built from their source, which runs code of theirs; of all others, wheels alone are taken. */
  readonly builds: readonly string[];
  /** Runs the resolver. */
  readonly interpreter: Interpreter;
}

export interface EnvironmentLocks {
  /**
   * Resolves and pins the whole closure of some requirements with hashes, by uv where it is on PATH, else by pip. The same input
   * has the same lock for ever, and the second time takes no network.
   * @throws Problem that quotes what the resolver said
   */
  resolve(input: LockInput, progress: Progress, signal: AbortSignal): Promise<{ readonly lock: EnvironmentLock; readonly text: string }>;
  /** What an input was resolved to before; undefined where it has to be resolved. */
  known(input: LockInput): { readonly lock: EnvironmentLock; readonly text: string } | undefined;
  /** Text of a lock that was resolved before. */
  text(sha256: string): string | undefined;
}

/** A released version by name; what was installed from a folder or a repository cannot be asked of an index. */
const pinned = /^[\w.-]+==[\w.!]+$/;

function kernelConstraints(input: LockInput): string[] {
  return input.installed === undefined ? [] : ['-c', 'installed.txt'];
}

const report = z.object({
  install: z.array(
    z.object({
      metadata: z.object({ name: z.string(), version: z.string() }),
      is_direct: z.boolean().default(false),
      download_info: z.object({ archive_info: z.object({ hash: z.string().optional(), hashes: z.record(z.string(), z.string()).optional() }).optional() }),
    }),
  ),
});

export function describeLock(text: string, target: LockTarget): EnvironmentLock {
  return {
    sha256: createHash('sha256').update(text).digest('hex'),
    python: target.python,
    platform: target.platform,
    packages: parseLock(text).map(({ name, version }) => ({ name, version })),
  };
}

export function createEnvironmentLocks(table: LockTable, tools: PackageTools): EnvironmentLocks {
  const shared = createSharedWork<{ lock: EnvironmentLock; text: string }>();

  const resolve = async (input: LockInput, progress: Progress, signal: AbortSignal): Promise<PinnedPackage[]> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slipway-lock-'));
    try {
      await writeFile(path.join(folder, 'requirements.txt'), input.requirements);
      await writeFile(path.join(folder, 'server.txt'), input.server);
      if (input.constraints !== undefined) {
        await writeFile(path.join(folder, 'constraints.txt'), input.constraints);
      }
      if (input.installed !== undefined) {
        await writeFile(path.join(folder, 'installed.txt'), `${input.installed.filter((line) => pinned.test(line)).join('\n')}\n`);
      }
      const { interpreter, target } = input;
      // pip judges markers by the Python and the system that it runs on; uv can judge for others.
      const foreign = interpreter.minor !== target.python || platformFamily(interpreter.platform) !== platformFamily(target.platform);
      const uv = foreign ? await tools.fetchUv(interpreter, progress, signal) : await tools.uv(interpreter, progress, signal);
      return uv === undefined ? await byPip(input, tools, folder, progress, signal) : await byUv(uv, input, tools, folder, progress, signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  /** With the kernel's versions if they resolve here too, else without. */
  const resolveLikeKernel = async (input: LockInput, progress: Progress, signal: AbortSignal): Promise<PinnedPackage[]> => {
    if (input.installed === undefined) {
      return resolve(input, progress, signal);
    }
    try {
      return await resolve(input, progress, signal);
    } catch (error) {
      if (signal.aborted || !Problem.is(error, 'invalid-input')) {
        throw error;
      }
      progress(`The kernel's versions cannot be kept on ${input.target.platform}; resolving without them`);
      return resolve({ ...input, installed: undefined }, progress, signal);
    }
  };

  const known: EnvironmentLocks['known'] = (input) => {
    const text = table.resolution(keyOf(input));
    return text === undefined ? undefined : { lock: describeLock(text, input.target), text };
  };

  return {
    known,
    text: (sha256) => table.text(sha256),
    async resolve(input, progress, signal) {
      const { target, builds } = input;
      const key = keyOf(input);
      return shared.run(key, progress, signal, async (announce, ended) => {
        const before = known(input);
        if (before !== undefined) {
          return before;
        }
        announce(`Resolving packages for Python ${target.python} on ${target.platform}`);
        const text = formatLock(target, await resolveLikeKernel(input, announce, ended), builds);
        const lock = describeLock(text, target);
        table.insert(key, lock.sha256, text);
        return { lock, text };
      });
    },
  };
}

/** Key of what has the same lock for ever. */
function keyOf({ requirements, constraints, installed, server, target, forImage, builds }: LockInput): string {
  return createHash('sha256').update(canonicalJson({ requirements, constraints, installed, server, target, forImage, builds })).digest('hex');
}

function toolRun({ interpreter, builds }: LockInput, folder: string, command: readonly string[]): ToolRun {
  return { interpreter, command, packages: builds, read: [], write: [folder] };
}

async function byPip(input: LockInput, tools: PackageTools, folder: string, progress: Progress, signal: AbortSignal): Promise<PinnedPackage[]> {
  const pip = await tools.pip(input.interpreter, progress, signal);
  // Before pip 24 restrictions want a target, which a dry run leaves alone.
  const restrictions = input.forImage
    ? ['--target', 'unused', '--python-version', input.target.python, ...compatiblePlatforms(input.target.platform).flatMap((tag) => ['--platform', tag])]
    : [];
  const { status, lines } = await tools.run(
    toolRun(input, folder, [...pip, 'install', '--dry-run', '--ignore-installed', '--no-input', '--report', 'report.json', ...wheelsBut(input.builds), ...restrictions, '-r', 'requirements.txt', '-r', 'server.txt', ...kernelConstraints(input)]),
    progress,
    { signal, cwd: folder, environment: pythonEnvironment('packages'), onLine: (line) => forward(line, progress) },
  );
  if (status !== 0) {
    throw packageProblem(lines, 'resolve the packages of the model', !input.forImage);
  }
  const parsed = report.parse(JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8')));
  return parsed.install.map(({ metadata, is_direct: direct, download_info: { archive_info: archive } }) => {
    const sha256 = archive?.hashes?.['sha256'] ?? /^sha256=(\w+)$/.exec(archive?.hash ?? '')?.[1];
    if (sha256 === undefined || direct) {
      throw new Problem('invalid-input', `${metadata.name} ${metadata.version} does not come from an index and cannot be pinned.`, {
        field: 'requirements.txt',
        remedy: 'Publish the package to an index (or a folder that PIP_FIND_LINKS names) and require it by name and version.',
      });
    }
    return { name: normalizedName(metadata.name), version: metadata.version, hashes: [sha256] };
  });
}

async function byUv(uv: string, input: LockInput, tools: PackageTools, folder: string, progress: Progress, signal: AbortSignal): Promise<PinnedPackage[]> {
  const { interpreter, target } = input;
  const pip = await tools.pip(interpreter, progress, signal);
  const restrictions = input.forImage
    ? ['--python-version', target.python, '--python-platform', uvPlatform(target.platform)]
    : ['--python', interpreter.executable];
  const { status, lines } = await tools.run(
    toolRun(input, folder, [uv, 'pip', 'compile', 'requirements.txt', 'server.txt', '--generate-hashes', '--no-header', '--no-annotate', '--no-progress', ...kernelConstraints(input), ...wheelsBut(input.builds), ...restrictions, '-o', 'lock.txt']),
    progress,
    { signal, cwd: folder, environment: await tools.uvEnvironment(pip, signal), onLine: (line) => forward(line, progress) },
  );
  if (status !== 0) {
    throw packageProblem(lines, 'resolve the packages of the model', !input.forImage);
  }
  return parseLock(await readFile(path.join(folder, 'lock.txt'), 'utf8'));
}

/** uv's name of a platform (`uv pip compile --help`): it knows glibc 2.17, 2.28 and 2.31 to 2.40. */
function uvPlatform(platform: string): string {
  const glibc = /^manylinux_2_(\d+)_(\w+)$/.exec(platform);
  if (glibc?.[1] !== undefined && glibc[2] !== undefined) {
    const own = Number(glibc[1]);
    const known = own >= 31 ? Math.min(own, 40) : own >= 28 ? 28 : 17;
    return `${glibc[2]}-manylinux_2_${known}`;
  }
  const musl = /^musllinux_\d+_\d+_(\w+)$/.exec(platform);
  return musl?.[1] === undefined ? platform : `${musl[1]}-unknown-linux-musl`;
}

function forward(line: string, progress: Progress): void {
  const text = progressOf(line);
  if (text !== undefined) {
    progress(text);
  }
}
