import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** What the figures depend on; nothing that tells whose machine it is. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly os: string;
  readonly node: string;
  readonly python: string | null;
}

/** @param python interpreter that the benchmark uses; without one the version is null */
export function describeMachine(python: string | undefined): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Number((totalmem() / 1e9).toFixed(1)),
    os: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    python: python === undefined ? null : versionOf(python),
  };
}

function versionOf(python: string): string | null {
  const { stdout, status } = spawnSync(python, ['-c', 'import platform; print(platform.python_version())'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
