import { realpathSync } from 'node:fs';
import path from 'node:path';
import { outsideOfSource } from '../../contract/transfer.ts';
import { PassedOver } from '../../mlflow/client/passedOver.ts';
import { systemErrorCode } from '../../platform/errors.ts';
import { isBelow } from '../../platform/files/isBelow.ts';

/** What of this machine's files may be read for a transfer. */
export interface Bounds {
  /** Whether a path may be looked at, going by how it is written. */
  admits(path: string): boolean;
  /**
   * Where a path leads, with all links followed.
   * @throws PassedOver for a place that is not read, and the system's error for one that is not there
   */
  follow(path: string): string;
}

export interface BoundsOptions {
  /** Folders that the user named, or that belong to what was named. */
  readonly within: readonly string[];
  /** The data home, which holds the token and is never read. */
  readonly home: string | undefined;
  /** Locations and links may lead anywhere else. */
  readonly follows: boolean;
}

function realPath(absolute: string): string {
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    throw systemErrorCode(error) === 'ELOOP' ? new PassedOver('its links lead in a circle', { cause: error }) : error;
  }
}

/** A folder as it is written and where it leads. */
function spellings(folder: string): string[] {
  const absolute = path.resolve(folder);
  try {
    return [absolute, realpathSync.native(absolute)];
  } catch {
    return [absolute];
  }
}

export function createBounds({ within, home, follows }: BoundsOptions): Bounds {
  const roots = within.flatMap(spellings);
  const homes = home === undefined ? [] : spellings(home);
  const isOfHome = (absolute: string): boolean => homes.some((one) => isBelow(absolute, one));
  const isInside = (absolute: string): boolean => follows || roots.some((root) => isBelow(absolute, root));
  return {
    admits: (wanted) => isInside(path.resolve(wanted)) && !isOfHome(path.resolve(wanted)),
    follow(wanted) {
      const absolute = path.resolve(wanted);
      // A place that is written as one outside is not even looked for: its drive may be gone.
      if (!isInside(absolute)) {
        throw new PassedOver(outsideOfSource);
      }
      const real = realPath(absolute);
      if (isOfHome(real)) {
        throw new PassedOver('in the data home of Slipway, which is never read');
      }
      if (!isInside(real)) {
        throw new PassedOver(outsideOfSource);
      }
      return real;
    },
  };
}
