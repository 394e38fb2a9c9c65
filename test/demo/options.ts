import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Absent: a container where an engine answers, else a local process. */
  readonly target: 'process' | 'docker' | undefined;
  readonly json: boolean;
  /** Leave the endpoint and the companion up. */
  readonly keep: boolean;
}

/** Reads the words behind `npm run demo --`. Throws an Error that names the option. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { target: { type: 'string' }, json: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
  });
  const { target, json, keep } = values;
  if (target !== undefined && target !== 'process' && target !== 'docker') {
    throw new Error(`--target: use "process" or "docker", not "${target}"`);
  }
  return { target, json, keep };
}
