import { existsSync } from 'node:fs';
import path from 'node:path';
import { CallFailure } from './callFailure.ts';

/** The oldest Node that the companion's SQLite binding runs on. */
export const oldestNode = 22;

export interface Runtime {
  readonly executable: string;
  /** What it wants beside the environment that it is run in. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * A Node that can run the companion: this process's own (an Electron binary is told to be Node), else the one that was installed
 * beside the package.
 * @param packageRoot folder that holds package.json
 * @throws CallFailure `start-failed` when there is none
 */
export function findRuntime(packageRoot: string): Runtime {
  if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
    return { executable: process.execPath, environment: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' } };
  }
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const beside = path.join(packageRoot, 'node_modules', `node-${platform}-${process.arch}`, 'bin', binary);
  if (existsSync(beside)) {
    return { executable: beside, environment: {} };
  }
  throw new CallFailure('start-failed', `The companion needs Node ${oldestNode} or newer; this is ${process.versions.node}.`, {
    remedy: `Install Node ${oldestNode} or newer and try again.`,
  });
}
