import { Problem } from '../errors.ts';
import type { StoreWriter } from './store.ts';

export function createMlrunsWriter(folder: string): StoreWriter {
  throw new Problem('unavailable', `${folder} cannot be used yet.`);
}
