import type { Prunable } from '../../contract/prune.ts';
import type { StoredImage } from '../../releases/images/storedImages.ts';

/** What can go, and where it lies on disk or in the engine. */
export interface Found {
  readonly item: Prunable;
  readonly place: { readonly folder: string } | { readonly file: string } | { readonly image: StoredImage };
}
