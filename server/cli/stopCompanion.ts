import { discoverCompanion } from '../client/discover.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { waitForEnd } from '../platform/processEnd.ts';
import { clientOf, connect } from './connection.ts';

/** Milliseconds that the companion gets to end. */
const stopMilliseconds = 30_000;

export interface Stopped {
  readonly stopped: boolean;
  /** The process; undefined when no companion ran. */
  readonly pid: number | undefined;
}

/**
 * Ends the companion of the data home and waits until it is gone.
 * @param endpoints whether they stop with it, for which a companion is started if none runs
 */
export async function stopCompanion({ reason, endpoints }: { readonly reason: string; readonly endpoints: boolean }): Promise<Stopped> {
  const lock = await discoverCompanion(dataHomePath());
  const client = lock === undefined ? (endpoints ? await connect() : undefined) : clientOf(lock);
  if (client === undefined) {
    return { stopped: false, pid: undefined };
  }
  await client.call('shutDown', { reason, stopEndpoints: endpoints });
  const { pid } = client.lock;
  return { stopped: await waitForEnd(pid, stopMilliseconds), pid };
}
