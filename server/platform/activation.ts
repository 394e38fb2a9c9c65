import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** The content of `activation.json` in the data home: on which port a service waits that starts the companion when somebody connects. */
export const activation = z.object({ port: z.number().int().min(1).max(65535) });

export function activationFile(home: string): string {
  return path.join(home, 'activation.json');
}

/** The port of the service that starts the companion of a data home; undefined where there is none. */
export function activationPort(home: string): number | undefined {
  try {
    return activation.parse(JSON.parse(readFileSync(activationFile(home), 'utf8'))).port;
  } catch {
    return undefined;
  }
}
