import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findTestUv } from '../../setup/python.ts';
import { cache, digest, isFresh, run, say, step, writeStamp } from '../../setup/step.mjs';

/** Packages of the models, in the versions that the tests' environment has: what is compared is the servers. */
async function modelPackages(python: string): Promise<string[]> {
  const script = 'import importlib.metadata as m; print(*(f"{n}=={m.version(n)}" for n in ("scikit-learn", "numpy", "pandas", "xgboost-cpu")))';
  return (await run(python, ['-c', script])).trim().split(' ');
}

/**
 * The interpreter of a peer's own environment, made where it is not there; undefined, and said, where the peer cannot be installed.
 * @param python the interpreter of the tests
 */
export async function peerPython(python: string, peer: string, packages: readonly string[]): Promise<string | undefined> {
  const folder = path.join(cache, `bench-${peer}`);
  const executable = path.join(folder, 'bin', 'python');
  const wanted = [...packages, ...(await modelPackages(python))];
  const stamp = path.join(folder, '.stamp');
  if (existsSync(executable) && isFresh(stamp, digest([], ...wanted))) {
    return executable;
  }
  const uv = await findTestUv();
  try {
    await step(`Installing ${peer}`, async () => {
      rmSync(folder, { recursive: true, force: true });
      await run(python, ['-m', 'venv', folder]);
      await (uv === undefined
        ? run(executable, ['-m', 'pip', 'install', '--quiet', ...wanted])
        : run(uv.program, ['pip', 'install', '--quiet', '--python', executable, ...wanted], { env: { ...process.env, ...uv.environment } }));
    });
  } catch (error) {
    say(`${peer} cannot be installed, so it is not measured: ${error instanceof Error ? error.message.slice(0, 500) : String(error)}`);
    return undefined;
  }
  writeStamp(stamp, digest([], ...wanted));
  return executable;
}
