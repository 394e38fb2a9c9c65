import { Problem } from '../../platform/errors.ts';

/** Where an image goes. */
export interface ImageReference {
  /** Host and port of the registry; `docker.io` where none is named. */
  readonly registry: string;
  /** As the engine wants it: registry and path, without a tag. */
  readonly repository: string;
  readonly tag: string;
}

const component = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`;
const host = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?`;
const grammar = new RegExp(`^(?:(${host})/)?(${component}(?:/${component})*)(?::([A-Za-z0-9_][\\w.-]{0,127}))?$`);
const longest = 255;

/**
 * Reads the name of an image in a registry by its grammar
 * (https://pkg.go.dev/github.com/distribution/reference): what stands before the first slash is a host when it has a dot or a colon or is `localhost`.
 * @param tag where the name has none
 * @throws Problem `invalid-input`
 */
export function parseImageReference(text: string, tag: string): ImageReference {
  const first = text.split('/', 1)[0] ?? '';
  const hasHost = text.includes('/') && (/[.:[]/.test(first) || first === 'localhost');
  const [, named, path, own] = grammar.exec(hasHost ? text : `docker.io/${text}`) ?? [];
  if (named === undefined || path === undefined || text.length > longest) {
    throw new Problem('invalid-input', `to: "${text}" is no name of an image in a registry.`, { field: 'to', remedy: 'Give HOST[:PORT]/PATH[:TAG] in lower case, such as registry.example.com/team/churn:7.' });
  }
  return { registry: named, repository: hasHost ? `${named}/${path}` : path, tag: own ?? tag };
}
