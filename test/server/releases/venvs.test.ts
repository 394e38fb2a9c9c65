import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { EnvironmentLock } from '../../../server/contract/releases.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { createEnvironmentLocks, describeLock, type EnvironmentLocks } from '../../../server/releases/environments/environmentLock.ts';
import { chooseInterpreter, type Interpreter } from '../../../server/releases/environments/interpreters.ts';
import { createPackageTools } from '../../../server/releases/environments/packageTools.ts';
import { createLockTable } from '../../../server/releases/releaseTables.ts';
import { buildLog, createVenvs, type Venvs } from '../../../server/releases/environments/venvs.ts';
import { createCompanionParts, type CompanionParts } from './companionParts.ts';

const never = new AbortController().signal;
const quiet = (): void => undefined;

describe('environments of the process target', () => {
  let parts: CompanionParts;
  let interpreter: Interpreter;
  let locks: EnvironmentLocks;
  let venvs: Venvs;
  const own = new Map<string, string>();

  beforeEach(async () => {
    parts = createCompanionParts();
    const { home, database } = parts.context;
    const tools = createPackageTools(path.join(home.environments, 'tools'), home.root);
    interpreter = await chooseInterpreter('', undefined, quiet, never);
    locks = createEnvironmentLocks(createLockTable(database), tools);
    venvs = createVenvs({
      environments: home.environments,
      logs: home.logs,
      tools,
      lockText: (sha256) => own.get(sha256) ?? locks.text(sha256),
      python: () => '',
    });
  });

  afterEach(() => parts.close());

  const target = (): { python: string; platform: string } => ({ python: interpreter.minor, platform: interpreter.platform });
  const lockOf = async (requirements: string): Promise<EnvironmentLock> =>
    (await locks.resolve({ requirements, server: '', target: target(), forImage: false, builds: [], interpreter }, quiet, never)).lock;
  const lockFrom = (text: string): EnvironmentLock => {
    const lock = describeLock(text, target());
    own.set(lock.sha256, text);
    return lock;
  };
  const folderOf = (lock: EnvironmentLock): string => path.join(parts.context.home.environments, lock.sha256);

  test('an environment holds what is locked and nothing else, and is built once', async () => {
    const lock = await lockOf('six==1.16.0\n');
    const lines: string[] = [];
    const [one, two] = await Promise.all([
      venvs.ensureVenv(lock, (line) => lines.push(line), never),
      venvs.ensureVenv(lock, quiet, never),
    ]);
    assert.equal(one.python, two.python);
    const script = 'import importlib.metadata as m; print(*sorted(f"{d.name} {d.version}" for d in m.distributions()), sep=",")';
    assert.equal(execFileSync(one.python, ['-I', '-c', script], { encoding: 'utf8' }).trim(), 'six 1.16.0');
    assert.ok(lines.some((line) => line.startsWith('Creating an environment')));
    assert.match(readFileSync(buildLog(parts.context.home.logs, lock.sha256), 'utf8'), /six/);
    const again: string[] = [];
    assert.equal((await venvs.ensureVenv(lock, (line) => again.push(line), never)).python, one.python);
    assert.deepEqual(again, []);
  });

  test('an interrupted build is built again', async () => {
    const lock = await lockOf('six==1.16.0\n');
    mkdirSync(path.join(folderOf(lock), 'venv-half', 'bin'), { recursive: true });
    writeFileSync(path.join(folderOf(lock), 'venv-half', 'bin', 'python'), 'cut o');
    assert.equal(await venvs.existing(lock.sha256), undefined);
    const { python } = await venvs.ensureVenv(lock, quiet, never);
    assert.ok(!python.includes('venv-half'));
    assert.equal((await venvs.existing(lock.sha256))?.python, python);
    assert.ok(!readdirSync(folderOf(lock)).includes('venv-half'));
  });

  test('an environment whose Python is gone is built again', async () => {
    const lock = await lockOf('six==1.16.0\n');
    const { python } = await venvs.ensureVenv(lock, quiet, never);
    rmSync(python);
    assert.equal(await venvs.existing(lock.sha256), undefined);
    assert.equal(execFileSync((await venvs.ensureVenv(lock, quiet, never)).python, ['-c', 'import six; print(six.__version__)'], { encoding: 'utf8' }).trim(), '1.16.0');
  });

  test('cancelling a build ends it and leaves nothing that counts as complete', async () => {
    const lock = await lockOf('six==1.16.0\n');
    const controller = new AbortController();
    const building = venvs.ensureVenv(lock, (line) => line.startsWith('Creating') && controller.abort(), controller.signal);
    await assert.rejects(building, (error) => Problem.is(error, 'conflict'));
    assert.equal(await venvs.existing(lock.sha256), undefined);
    assert.deepEqual(readdirSync(folderOf(lock)), []);
  });

  test('a package that is not the locked one is refused', async () => {
    const lock = lockFrom(`six==1.16.0 --hash=sha256:${createHash('sha256').update('another file').digest('hex')}\n`);
    await assert.rejects(venvs.ensureVenv(lock, quiet, never), (error) => Problem.is(error, 'conflict') && error.message.includes('not the one that was locked'));
  });

  test('an environment for a Python that is not here says which', async () => {
    const lock = { ...(await lockOf('six==1.16.0\n')), python: '3.99' };
    await assert.rejects(venvs.ensureVenv(lock, quiet, never), (error) => Problem.is(error, 'unavailable') && error.message.includes('3.99'));
  });

  const withEnvironment = async <T>(changes: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> => {
    const before = { ...process.env };
    Object.assign(process.env, changes);
    try {
      return await work();
    } finally {
      for (const name of Object.keys(changes)) {
        delete process.env[name];
      }
      Object.assign(process.env, before);
    }
  };
  const withoutUv = (): string => (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => !existsSync(path.join(folder, 'uv'))).join(path.delimiter);
  const privateUv = (): string => path.join(parts.context.home.environments, 'tools', 'uv', 'bin', 'uv');

  test('where there is no uv, one is fetched into the data home', async () => {
    const lock = await withEnvironment({ PATH: withoutUv() }, async () => {
      const resolved = await lockOf('six==1.16.0\n');
      await venvs.ensureVenv(resolved, quiet, never);
      return resolved;
    });
    assert.ok(existsSync(privateUv()));
    assert.match(readFileSync(buildLog(parts.context.home.logs, lock.sha256), 'utf8'), /^\s*\+ six==1\.16\.0$/m);
  });

  test('pip resolves and installs where it has settings that uv does not know', async () => {
    const { lock, python } = await withEnvironment({ PATH: withoutUv(), PIP_ONLY_BINARY: ':all:' }, async () => {
      const resolved = await lockOf('six==1.16.0\n');
      return { lock: resolved, ...(await venvs.ensureVenv(resolved, quiet, never)) };
    });
    assert.ok(!existsSync(privateUv()));
    assert.match(readFileSync(buildLog(parts.context.home.logs, lock.sha256), 'utf8'), /^Successfully installed six-1\.16\.0$/m);
    assert.equal(execFileSync(python, ['-c', 'import six; print(six.__version__)'], { encoding: 'utf8' }).trim(), '1.16.0');
  });

  test('a lock for another Python and machine is resolved by uv and pins the wheels of that machine', async () => {
    const foreign = { python: interpreter.minor === '3.12' ? '3.11' : '3.12', platform: 'manylinux_2_36_aarch64' };
    const { lock, text } = await locks.resolve(
      {
        requirements: 'markupsafe==3.0.2\ncolorama==0.4.6; sys_platform == "win32"\nsix==1.16.0; python_version >= "3.99"\n',
        server: '',
        target: foreign,
        forImage: true,
        builds: [],
        interpreter,
      },
      quiet,
      never,
    );
    assert.deepEqual(lock.packages, [{ name: 'markupsafe', version: '3.0.2' }]);
    assert.ok(text.startsWith(`# python ${foreign.python}\n# platform manylinux_2_36_aarch64\n`));
  });
});
