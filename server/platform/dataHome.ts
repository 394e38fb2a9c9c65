import { homedir } from 'node:os';
import path from 'node:path';

/** The data home: `SLIPWAY_HOME`, else `~/.slipway`. */
export function dataHomePath(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['SLIPWAY_HOME'];
  return named === undefined || named === '' ? path.join(homedir(), '.slipway') : path.resolve(named);
}

/** Where the running companion says how it is found. */
export function lockFilePath(home: string): string {
  return path.join(home, 'companion.json');
}
