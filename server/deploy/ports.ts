import type { ModelVersion } from '../contract/registry.ts';
import type { GatewayControl } from '../gateway/control.ts';
import type { Releases as AllReleases } from '../releases/releases.ts';

/** Says what goes on, for the journal. */
export type Progress = (message: string) => void;

/** What deployment needs of the registry. */
export interface Registry {
  /** @throws Problem `not-found` that names what exists */
  resolve(name: string, selector: number | string): ModelVersion;
  /** Moves an alias; called inside the transaction of a switch. */
  setAlias(name: string, alias: string, version: number, actor: string): void;
}

/** What deployment needs of the releases. */
export type Releases = Pick<
  AllReleases,
  'prepare' | 'get' | 'list' | 'folder' | 'compare' | 'checkRunnable' | 'example' | 'recordExample' | 'setEndpointHistory' | 'venvs' | 'images'
>;

/** What deployment needs of the gateway. */
export type Gateway = Pick<GatewayControl, 'url' | 'apply' | 'ensureRunning' | 'inFlight' | 'statistics' | 'stop'>;
