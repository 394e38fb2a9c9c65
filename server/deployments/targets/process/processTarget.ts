import { spawn } from 'node:child_process';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { describeCage, findCage } from '../../../platform/cage.ts';
import { until } from '../../../platform/time/poll.ts';
import { Problem } from '../../../platform/errors.ts';
import type { EnvironmentLock, Release } from '../../../contract/releases.ts';
import type { ServingConfig } from '../../../contract/servingConfig.ts';
import type { Progress } from '../../replicas/ports.ts';
import type { ReplicaRecord } from '../../replicas/replicaTable.ts';
import { lastLines } from '../lastLines.ts';
import { ensureModules, type Venv } from './compiledModules.ts';
import { commandLine, processIdentity } from './processIdentity.ts';
import { replicaCommand } from './replicaCommand.ts';
import type { FoundReplica, Observation, ReplicaSpec, Started, TargetOperations } from '../target.ts';
import { freePort } from './freePort.ts';

export interface ProcessTargetOptions {
  /** The data home, which replicas cannot read. */
  readonly home: string;
  /** Folder for the replicas' logs, process ids and own folders. */
  readonly folder: string;
  /** Builds the venv of a release's environment lock, if it is not there. */
  readonly ensureVenv: (release: Release, progress: Progress, signal: AbortSignal) => Promise<Venv>;
  /** The venv of an environment lock; undefined when it is gone. */
  readonly venvOf: (lock: EnvironmentLock) => Promise<Venv | undefined>;
  /** Called when a replica that this companion started has ended. */
  readonly ended: (replica: string) => void;
}

const host = '127.0.0.1';
const stopMilliseconds = 10_000;
const killMilliseconds = 5_000;
const largestLog = 16 * 1024 * 1024;

/**
 * Writes the process id before the model server takes the process over, so that a replica is found again when the companion ends
 * between starting it and writing the id down; and limits the memory of what follows.
 */
function launcher(serving: ServingConfig): string {
  return `umask 077; echo $$ > "$1.new" && mv -f "$1.new" "$1" && shift && ${memoryLimit(serving)}exec "$@"`;
}

/**
 * Linux counts what a process has for itself against RLIMIT_DATA (`man 2 getrlimit`); other systems leave it at the heap, or have no such limit.
 * The workers of a replica share it among themselves (`slipway_server/memory.py`).
 */
function memoryLimit({ memoryMegabytes }: ServingConfig): string {
  return memoryMegabytes === undefined || process.platform !== 'linux' ? '' : `ulimit -d ${memoryMegabytes * 1024} && `;
}

function requireFound(venv: Venv | undefined): Venv {
  if (venv === undefined) {
    throw new Problem('unavailable', 'The environment of the release is gone.', { remedy: 'Try again: it is built anew.' });
  }
  return venv;
}

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Replicas as processes of this machine, each in its own process group, that go on when the companion ends. */
export function createProcessTarget(options: ProcessTargetOptions): TargetOperations {
  const logFile = (id: string): string => path.join(options.folder, `${id}.log`);
  const pidFile = (id: string): string => path.join(options.folder, `${id}.pid`);
  /** Where a replica can write. */
  const ownFolder = (id: string): string => path.join(options.folder, id);

  const requireVenv = async (release: Release): Promise<Venv> => requireFound(await options.venvOf(release.environment));

  const writtenPid = (id: string): Promise<number | undefined> => readPid(pidFile(id));

  const observe = async (replica: Pick<ReplicaRecord, 'id' | 'release' | 'addresses' | 'handle' | 'identity'>): Promise<Observation> => {
    if (replica.handle !== undefined) {
      const identity = await processIdentity(Number(replica.handle));
      return identity !== undefined && identity === replica.identity
        ? { running: true, started: { handle: replica.handle, identity, addresses: replica.addresses } }
        : { running: false, detail: `process ${replica.handle} has ended` };
    }
    const pid = await writtenPid(replica.id);
    if (pid === undefined) {
      return { running: false, detail: 'it was not started' };
    }
    const [identity, command] = await Promise.all([processIdentity(pid), commandLine(pid)]);
    const port = command.includes('slipway_server') && command.includes(replica.release) ? / --port (\d+)/.exec(command)?.[1] : undefined;
    return identity !== undefined && port !== undefined
      ? { running: true, started: { handle: String(pid), identity, addresses: [`${host}:${port}`] } }
      : { running: false, detail: 'it has ended' };
  };

  const start = async (spec: ReplicaSpec): Promise<Started> => {
    await rm(pidFile(spec.id), { force: true });
    await rotate(logFile(spec.id));
    const port = await freePort();
    const own = ownFolder(spec.id);
    await rm(own, { recursive: true, force: true });
    const { command, environment } = await replicaCommand(spec, await requireVenv(spec.release), { own, home: options.home, host, port });
    const log = await open(logFile(spec.id), 'a', 0o600);
    try {
      const [program = '', ...rest] = command;
      const [executable, parameters] =
        process.platform === 'win32' ? [program, rest] : ['/bin/sh', ['-c', launcher(spec.release.serving), 'slipway', pidFile(spec.id), ...command]];
      const child = spawn(executable, parameters, {
        detached: true,
        windowsHide: true,
        cwd: spec.folder,
        stdio: ['pipe', log.fd, log.fd],
        env: environment,
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.unref();
      // A replica that ends before it has read its key says why in its log.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(`${spec.key}\n`);
      child.once('exit', () => options.ended(spec.id));
      const pid = child.pid;
      const identity = pid === undefined ? undefined : await processIdentity(pid);
      if (pid === undefined || identity === undefined) {
        throw new Problem('unavailable', `The model server ended at once.${await lastWords(logFile(spec.id))}`);
      }
      leaveProcessors(spec, pid);
      return { handle: String(pid), identity, addresses: [`${host}:${port}`] };
    } finally {
      await log.close();
    }
  };

  const end = async (id: string, pid: number, identity: string | undefined): Promise<void> => {
    const gone = (milliseconds: number): Promise<boolean> => until(milliseconds, async () => (await processIdentity(pid)) !== identity, { every: 25 });
    signalGroup(pid, 'SIGTERM');
    if (!(await gone(stopMilliseconds))) {
      signalGroup(pid, 'SIGKILL');
      if (!(await gone(killMilliseconds))) {
        throw new Problem('unavailable', `Process ${pid} does not end.`, { remedy: `End process ${pid} by hand.` });
      }
    }
    // What its model started and does not end on SIGTERM.
    signalGroup(pid, 'SIGKILL');
    await rm(ownFolder(id), { recursive: true, force: true });
  };

  const stop = async (replica: ReplicaRecord): Promise<void> => {
    const seen = await observe(replica);
    if (seen.running) {
      await end(replica.id, Number(seen.started.handle), seen.started.identity);
    }
  };

  const forget = async ({ id }: Pick<ReplicaRecord, 'id'>): Promise<void> => {
    await Promise.all([logFile(id), `${logFile(id)}.1`, pidFile(id), ownFolder(id)].map((file) => rm(file, { recursive: true, force: true })));
  };

  /** By the files with process ids, which Windows has none of. A process of another program may have the id of one that has ended. */
  const endUnknown: TargetOperations['endUnknown'] = async (isKnown) => {
    const ended: FoundReplica[] = [];
    for (const name of (await readdir(options.folder)).filter((each) => each.endsWith('.pid'))) {
      const id = path.basename(name, '.pid');
      const pid = await writtenPid(id);
      const [identity, command] = pid === undefined ? [undefined, ''] : await Promise.all([processIdentity(pid), commandLine(pid)]);
      const found = { id, handle: String(pid) };
      if (isKnown(found)) {
        continue;
      }
      if (pid !== undefined && identity !== undefined && command.includes('slipway_server') && command.includes(`${options.home}${path.sep}`)) {
        await end(id, pid, identity);
        ended.push(found);
      }
      await forget(found);
    }
    return ended;
  };

  return {
    status: () => Promise.resolve({ available: true, detail: 'A Python environment and a process of this machine per release' }),
    async prepare(release, progress, signal) {
      const venv = await options.ensureVenv(release, progress, signal);
      await ensureModules(venv, await findCage(venv.base), options.home, progress, signal);
      return venv.python;
    },
    hasEnvironment: async (lock) => (await options.venvOf(lock)) !== undefined,
    async isolationOf(release) {
      const { allowedFolders: folders = [], allowedNetwork: network = false } = release.serving;
      return describeCage(await findCage((await requireVenv(release)).base), { folders, network });
    },
    start,
    observe,
    stop,
    logs: (replica, lines) => lastLines(logFile(replica.id), lines),
    forget,
    endUnknown,
  };
}

/** The group is the model server with its workers; on Windows the process alone can be named. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It has ended.
  }
}

/** One that scores batches gives way to those that have requests; workers that it forks do, too. */
function leaveProcessors({ scoresBatches }: ReplicaSpec, pid: number): void {
  if (scoresBatches !== true) {
    return;
  }
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended, or the system does not let it.
  }
}

async function rotate(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > largestLog) {
    await rename(file, `${file}.1`);
  }
}

async function lastWords(file: string): Promise<string> {
  const lines = await lastLines(file, 5);
  return lines.length === 0 ? '' : `\n${lines.join('\n')}`;
}
