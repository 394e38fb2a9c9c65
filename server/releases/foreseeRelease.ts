import type { EnvironmentLock } from '../contract/releases.ts';
import { requireSavedVersion } from '../models/models.ts';
import { Problem } from '../platform/errors.ts';
import { connectEngine } from './images/engine.ts';
import { choosePlace, contentOf, lockInputOf, readVersion, releaseDigest, requireBuildable, requireSafePickles, type LockPlace, type PreparationParts, type ReleaseContent, type ReleaseRequest, type StoredVersion } from './prepareRelease.ts';

/** The release that a version would make, as far as that is known before it is made. */
export interface ForeseenRelease {
  readonly content: Omit<ReleaseContent, 'environment'>;
  /** Absent where its packages have to be resolved first; then the digest is not known either. */
  readonly resolved?: { readonly environment: EnvironmentLock; readonly digest: string };
  /** Why the packages have to be resolved first, as a sentence; absent where they were. */
  readonly unresolved?: string;
  /** What it would be refused for. */
  readonly problems: readonly Problem[];
}

const silent = (): void => undefined;

/** A version of the companion's own registry: the files of a server are fetched by a deploy. */
export type ForeseenRequest = Omit<ReleaseRequest, 'server'>;

/**
 * Makes what tells which release a version would make, by the same checks as the making of one, and writes nothing: no image is pulled, no package is asked for.
 * @throws Problem for a version that cannot be served at all
 */
export function createForesight(parts: PreparationParts): (request: ForeseenRequest, signal: AbortSignal) => Promise<ForeseenRelease> {
  return async (request, signal) => {
    const stored = await readVersion(parts.sources, request, silent, signal);
    const problems: Problem[] = [];
    const without = async <T>(check: () => T | Promise<T>): Promise<T | undefined> => {
      try {
        return await check();
      } catch (error) {
        if (!Problem.is(error)) {
          throw error;
        }
        problems.push(error);
        return undefined;
      }
    };
    const content = contentOf(request, stored);
    await without(() => requireBuildable(request));
    const place = await without(() => placeNow(parts, request, stored, signal));
    if (place === undefined || place === 'no base image') {
      const unresolved = place === undefined ? 'There is no Python that its packages could be resolved for.' : 'The base image is not there; a deploy pulls it first.';
      return { content, unresolved, problems };
    }
    await without(() => requireSafePickles(parts, request, stored, { place, progress: silent, signal }));
    const known = parts.locks.known(await lockInputOf(parts, request, stored, place));
    if (known === undefined) {
      return { content, unresolved: `Its packages have not been resolved for Python ${place.target.python} on ${place.target.platform} yet.`, problems };
    }
    await without(() => requireSavedVersion(request.model, stored.model.served, known.lock.packages, 'what its requirements resolve to'));
    return { content, resolved: { environment: known.lock, digest: releaseDigest({ ...content, environment: known.lock }) }, problems };
  };
}

async function placeNow(parts: PreparationParts, { forImage }: ForeseenRequest, { model }: StoredVersion, signal: AbortSignal): Promise<LockPlace | 'no base image'> {
  if (forImage && !(await parts.images.hasBase(await connectEngine(parts.settings()), model.python))) {
    return 'no base image';
  }
  return choosePlace(parts, model, forImage, silent, signal);
}
