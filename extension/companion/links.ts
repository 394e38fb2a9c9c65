/** What a link into the editor names. */
export type Link =
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'experiment'; readonly experimentId: string }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'promotion'; readonly id: number };

const id = /^[\w-]{1,64}$/;
/** Names of registered models, without characters that are not seen but act where they are shown. */
const name = /^[^\p{C}\p{Zl}\p{Zp}/:]{1,256}$/u;

/**
 * Reads the path of `vscode://slipway.slipway/run/ID`, `…/experiment/ID` or `…/model/NAME`, as the page of the companion makes them
 * (server/companion/linkPage.html), or `…/promotion/ID`, as whoever asks for one sends it. Any web page and any mail may hold such a link: what does not fit as a whole is none.
 * @param path decoded once, as an editor hands it over
 */
export function readLink(path: string): Link | undefined {
  const [before, kind, named = '', ...more] = path.split('/');
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
    case 'promotion':
      return /^[1-9]\d{0,14}$/.test(named) ? { kind, id: Number(named) } : undefined;
    default:
      return undefined;
  }
}
