import { endpointName } from '../../server/contract/values.ts';

/** What a link into the editor names. */
export type Link =
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'experiment'; readonly experimentId: string }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'version'; readonly name: string; readonly version: number }
  | { readonly kind: 'endpoint'; readonly endpoint: string }
  | { readonly kind: 'release'; readonly digest: string }
  | { readonly kind: 'promotion'; readonly id: number };

const id = /^[\w-]{1,64}$/;
/** Names of registered models, without characters that are not seen but act where they are shown. */
const name = /^[^\p{C}\p{Zl}\p{Zp}/:]{1,256}$/u;

/**
 * Reads the path of `vscode://slipway.slipway/run/ID`, `…/experiment/ID`, `…/model/NAME` or `…/version/NAME/NUMBER`, as the page of the companion
 * (server/companion/linkPage.html) and Copy Link make them, of `…/endpoint/NAME` or `…/release/DIGEST` (its beginning will do), or of `…/promotion/ID`, as
 * whoever asks for one sends it. Any web page and any mail may hold such a link: what does not fit as a whole is none.
 * @param path decoded once, as an editor hands it over
 */
export function readLink(path: string): Link | undefined {
  const [before, kind, named = '', ...more] = path.split('/');
  if (before === '' && kind === 'version') {
    const [number = '', ...rest] = more;
    return rest.length === 0 && name.test(named) && /^[1-9]\d{0,8}$/.test(number) ? { kind, name: named, version: Number(number) } : undefined;
  }
  if (before !== '' || more.length > 0) {
    return undefined;
  }
  switch (kind) {
    case 'run':
      return id.test(named) ? { kind, runId: named } : undefined;
    case 'experiment':
      return id.test(named) ? { kind, experimentId: named } : undefined;
    case 'model':
      return name.test(named) ? { kind, name: named } : undefined;
    case 'endpoint':
      return endpointName.safeParse(named).success ? { kind, endpoint: named } : undefined;
    case 'release':
      return /^[0-9a-f]{6,64}$/.test(named) ? { kind, digest: named } : undefined;
    case 'promotion':
      return /^[1-9]\d{0,14}$/.test(named) ? { kind, id: Number(named) } : undefined;
    default:
      return undefined;
  }
}

/** What Copy Link copies a link of. */
export type CopiedLink = Exclude<Link, { readonly kind: 'promotion' }>;

/** The path of a link, which {@link readLink} reads; undefined for a name that none can carry. */
export function linkPath(link: CopiedLink): string | undefined {
  const parts = partsOf(link);
  return readLink(`/${link.kind}/${parts.join('/')}`) === undefined ? undefined : `/${link.kind}/${parts.map(encodeURIComponent).join('/')}`;
}

function partsOf(link: CopiedLink): readonly string[] {
  switch (link.kind) {
    case 'run':
      return [link.runId];
    case 'experiment':
      return [link.experimentId];
    case 'model':
      return [link.name];
    case 'version':
      return [link.name, String(link.version)];
    case 'endpoint':
      return [link.endpoint];
    case 'release':
      return [link.digest];
  }
}
