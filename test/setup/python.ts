import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { chooseInterpreter } from '../../server/releases/environments/interpreters.ts';
import { createPackageTools } from '../../server/releases/environments/packageTools.ts';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, cache, digest, isFresh, root, run, say, step, writeStamp } from './step.mjs';

/** What a Python environment is for: the demo needs a kernel and mlflow, the tests more. */
export type Purpose = 'demo' | 'tests';

const environment = path.join(cache, 'python');
const executable = process.platform === 'win32' ? path.join(environment, 'Scripts', 'python.exe') : path.join(environment, 'bin', 'python');

const demoRequirements = path.join(root, 'media/sample/requirements.txt');
const testRequirements = path.join(root, 'test/python/requirements.txt');

interface Interpreter {
  readonly command: string;
  readonly version: string;
  /** False on Debian without the package python3-venv. */
  readonly hasVenv: boolean;
}

/**
 * Makes the Python environment `.cache/python` ready; it serves the demo's kernel and the tests.
 * @returns the path of its interpreter.
 */
export async function ensurePython(purpose: Purpose): Promise<string> {
  const interpreter = await findInterpreter();
  const wanted = {
    demo: digest([demoRequirements], interpreter.version),
    tests: digest([demoRequirements, testRequirements], interpreter.version),
  };
  const stamps = { demo: path.join(environment, '.demo'), tests: path.join(environment, '.tests') };
  const versionStamp = path.join(environment, '.version');
  if (existsSync(executable) && isFresh(stamps[purpose], wanted[purpose])) {
    return executable;
  }
  if (!existsSync(executable) || !isFresh(versionStamp, interpreter.version)) {
    await step(`Creating a Python ${interpreter.version} environment`, async () => {
      rmSync(environment, { recursive: true, force: true });
      await run(interpreter.command, ['-m', 'venv', environment]);
      writeStamp(versionStamp, interpreter.version);
    });
  }
  const requirements = purpose === 'demo' ? demoRequirements : testRequirements;
  await step(`Installing Python packages (${path.relative(root, requirements)})`, () => installPackages(requirements));
  writeStamp(stamps.demo, wanted.demo);
  if (purpose === 'tests') {
    writeStamp(stamps.tests, wanted.tests);
  }
  return executable;
}

const never = new AbortController().signal;
const silent = (): void => undefined;

/** Folder that the tests have on PATH for the `uv` in it; there is none where pip alone works. */
export const uvFolder = path.join(cache, 'tools', 'uv', 'bin');

/** How tests run uv. */
interface TestUv {
  readonly program: string;
  /** What it takes over of pip's configuration. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Undefined where pip alone works. */
export async function findTestUv(): Promise<TestUv | undefined> {
  const tools = createPackageTools(path.join(cache, 'tools'), cache);
  const interpreter = await chooseInterpreter(executable, undefined, silent, never);
  const program = await tools.uv(interpreter, silent, never);
  if (program === undefined) {
    return undefined;
  }
  const environment = await tools.uvEnvironment(await tools.pip(interpreter, silent, never), never);
  return { program, environment: Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('UV_'))) };
}

/** By uv, which takes a tenth of the time; by pip where uv cannot be had or does not manage it. */
async function installPackages(requirements: string): Promise<void> {
  const uv = await findTestUv();
  if (uv !== undefined) {
    const env = { ...process.env, ...uv.environment };
    try {
      await run(uv.program, ['pip', 'install', '--quiet', '--compile-bytecode', '--python', executable, '--requirement', requirements], { env });
      return;
    } catch (error) {
      say(`  uv could not install them, pip tries: ${error instanceof Error ? (error.message.split('\n')[1] ?? '') : String(error)}`);
    }
  }
  await run(executable, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
}

async function findInterpreter(): Promise<Interpreter> {
  const found: Interpreter[] = [];
  for (const command of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.14', 'python', 'py']) {
    const interpreter = await probe(command);
    if (interpreter?.hasVenv === true) {
      return interpreter;
    }
    if (interpreter !== undefined) {
      found.push(interpreter);
    }
  }
  const [bare] = found;
  if (bare === undefined) {
    throw new SetupError('No Python from 3.10 to 3.14 was found on PATH. Install one and run the command again.');
  }
  if (!canInstallPackages()) {
    throw new SetupError(`${bare.command} (${bare.version}) cannot make environments: ensurepip is missing. On Debian and Ubuntu: apt-get install python3-venv`);
  }
  await aptInstall(['python3-venv']);
  const repaired = await probe(bare.command);
  if (repaired?.hasVenv !== true) {
    throw new SetupError(`${bare.command} (${bare.version}) still cannot make environments after installing python3-venv.`);
  }
  return repaired;
}

/** Undefined for a command that is absent, a shim of a version that is not active, or a version that is too old or too new. */
async function probe(command: string): Promise<Interpreter | undefined> {
  const script =
    'import sys, importlib.util as u; print(*sys.version_info[:3], sep=".", end=" "); print(all(u.find_spec(m) for m in ("venv", "ensurepip")))';
  try {
    const [version = '', hasVenv] = (await run(command, ['-c', script])).trim().split(' ');
    const [major, minor] = version.split('.').map(Number);
    const supported = major === 3 && minor !== undefined && minor >= 10 && minor <= 14;
    return supported ? { command, version, hasVenv: hasVenv === 'True' } : undefined;
  } catch {
    return undefined;
  }
}
