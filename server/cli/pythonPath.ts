import path from 'node:path';

/** A command is looked up on PATH; a path counts from where the command line was started. */
export function pythonPath(python: string): string {
  return /[\\/]/.test(python) ? path.resolve(python) : python;
}

/** The Python of the environment that is active in this shell, if one is; the companion has another PATH. */
export function activePython(): string | undefined {
  const { SLIPWAY_KERNEL_PYTHON: named, VIRTUAL_ENV: venv, CONDA_PREFIX: conda } = process.env;
  if (named !== undefined) {
    return named;
  }
  const windows = process.platform === 'win32';
  if (venv !== undefined) {
    return path.join(venv, ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  }
  return conda === undefined ? undefined : path.join(conda, ...(windows ? ['python.exe'] : ['bin', 'python']));
}
