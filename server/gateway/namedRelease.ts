import { shortDigest } from '../contract/format/digests.ts';
import type { EndpointRoute, ReleaseRoute } from './routeFile.ts';

/** The header by which a request names the release that is to answer it. */
export const releaseHeader = 'x-slipway-release';

/**
 * The release that a request asks for, also one without a share: by its digest or the beginning of one, or by `v7`, the number of its model
 * version. Undefined where the words name none, or several.
 */
export function namedRelease({ releases }: EndpointRoute, words: string): ReleaseRoute | undefined {
  const version = /^v(\d{1,9})$/.exec(words)?.[1];
  const found = releases.filter((each) => (version === undefined ? /^[0-9a-f]{6,64}$/.test(words) && each.release.startsWith(words) : each.version === Number(version)));
  return found.length === 1 ? found[0] : undefined;
}

/** The releases that a request may ask for, as it would name them. */
export function releasesToName({ releases }: EndpointRoute): string {
  return releases.map(({ release, version }) => `v${version} (${shortDigest(release)})`).join(', ');
}
