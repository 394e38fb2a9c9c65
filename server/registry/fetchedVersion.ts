import type { Signature } from '../contract/registry.ts';
import { digestOf } from '../models/models.ts';
import type { RegistryStore } from './store.ts';

/** What is only known of a version whose files are on this machine. */
export interface FetchedVersion {
  readonly digest: string;
  readonly signature: Signature | undefined;
}

/** A version whose files are fetched, if they are not here yet. @throws Problem `not-found` */
export async function fetchedVersion(store: Pick<RegistryStore, 'version' | 'files'>, name: string, number: number): Promise<FetchedVersion> {
  const { digest, signature } = await store.version(name, number);
  if (digest !== undefined) {
    return { digest, signature };
  }
  const files = await store.files(name, number, () => undefined, new AbortController().signal);
  return { digest: digestOf(files), signature: (await store.version(name, number)).signature };
}
