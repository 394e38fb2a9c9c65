/** One version of a registered model, as a URI names it. */
export type VersionReference = { readonly name: string } & (
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'alias'; readonly alias: string }
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'latest' }
);

/** What a `models:` URI names. */
export type ModelReference = VersionReference | { readonly kind: 'logged-model'; readonly modelId: string };

/**
 * Reads `models:/m-…`, `models:/name/3`, `models:/name/latest`, `models:/name/Production` and `models:/name@alias` as MLflow does
 * (`_parse_model_uri` in mlflow/store/artifact/utils/models.py); undefined for anything else.
 */
export function parseModelUri(uri: string): ModelReference | undefined {
  const path = /^models:\/+([^?]*)/.exec(uri)?.[1];
  const [name = '', suffix, ...more] = path?.split('/') ?? [];
  if (name.trim() === '' || more.length > 0 || suffix?.trim() === '') {
    return undefined;
  }
  if (suffix !== undefined) {
    if (/^\d+$/.test(suffix)) {
      return { kind: 'version', name, version: Number(suffix) };
    }
    return suffix.toLowerCase() === 'latest' ? { kind: 'latest', name } : { kind: 'stage', name, stage: suffix };
  }
  const at = name.lastIndexOf('@');
  if (at === -1) {
    return { kind: 'logged-model', modelId: name };
  }
  const alias = name.slice(at + 1);
  return alias.trim() === '' ? undefined : { kind: 'alias', name: name.slice(0, at), alias };
}
