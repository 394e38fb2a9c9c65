import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { messageOf, Problem, systemErrorCode } from '../platform/errors.ts';
import type { DataHome } from '../platform/home.ts';

/**
 * The variables of `companion.env` in the data home, in the form of a `.env` file (https://nodejs.org/api/environment_variables.html#env-files); none
 * where there is no such file.
 * @throws Problem `invalid-input` when it cannot be read
 */
export function readEnvironmentFile({ environmentFile }: DataHome): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(Object.entries(parseEnv(readFileSync(environmentFile, 'utf8'))).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return {};
    }
    throw new Problem('invalid-input', `${environmentFile} cannot be read (${messageOf(error)}).`, { field: environmentFile, remedy: 'Write lines NAME=VALUE into it, or remove it.', cause: error });
  }
}
