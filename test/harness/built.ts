import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Set to `1`, tests start the companion from the sources: for work on it without a build after each change. */
export const sourcesVariable = 'SLIPWAY_TEST_SOURCES';

/** `dist/`, which `npm test` brings up to date before the first suite that needs it. */
const dist = new URL('../../dist/', import.meta.url);

/**
 * Path of a program as it ships.
 * @param name such as `companion.mjs`
 * @throws Error that says how to make it when `dist/` does not hold it
 */
export function built(name: string): string {
  const file = fileURLToPath(new URL(name, dist));
  if (!existsSync(file)) {
    throw new Error(`${file} is missing: run "npm run build" first.`);
  }
  return file;
}

/** What tests start as the companion: the built one, with its workers and its gateway. */
export function companionProgram(): string {
  return process.env[sourcesVariable] === '1' ? fileURLToPath(new URL('../../server/main.ts', import.meta.url)) : built('companion.mjs');
}
