import type { ServingConfig } from '../../contract/servingConfig.ts';
import type { Settings } from '../../contract/settings.ts';

/** The serving config of a release that is deployed now: with the memory limit of the settings, unless the deploy gives one itself. */
export function withMemoryLimit(serving: ServingConfig, { replicaMemoryMegabytes }: Pick<Settings, 'replicaMemoryMegabytes'>): ServingConfig {
  return serving.memoryMegabytes !== undefined || replicaMemoryMegabytes === 0 ? serving : { ...serving, memoryMegabytes: replicaMemoryMegabytes };
}
