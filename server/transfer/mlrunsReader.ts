import { Problem } from '../errors.ts';
import type { StoreReader } from './store.ts';

export function openMlrunsReader(folder: string, _proxied: unknown): StoreReader {
  throw new Problem('unavailable', `${folder} cannot be used yet.`);
}
