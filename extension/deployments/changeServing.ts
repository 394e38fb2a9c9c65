import type { App } from '../app.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import { endpointOf } from './endpointPrompts.ts';
import { deployModel } from './deployModel.ts';

/** Deploys the version that an endpoint serves once more, with other serving settings: asks for them and for how the traffic moves. */
export async function changeServing(app: App, subject: unknown): Promise<Rollout | undefined> {
  const name = await endpointOf(app, subject, 'Slipway: Serving Settings', ({ liveVersion, state }) => liveVersion !== undefined && state !== 'stopped');
  if (name === undefined) {
    return undefined;
  }
  const { model, liveVersion } = await app.connection.call('getEndpoint', { name });
  return deployModel(app, { model, version: liveVersion, endpoint: name });
}
