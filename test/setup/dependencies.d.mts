import type { SpawnOptions } from 'node:child_process';

export function installDependencies(): Promise<void>;
export function npm(args: readonly string[], options?: SpawnOptions): Promise<string>;
