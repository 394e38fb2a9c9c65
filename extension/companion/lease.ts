import type { CompanionClient } from '../../server/client/companionClient.ts';

const renewMilliseconds = 20_000;

export interface Lease {
  /** Stops renewing; the lease then expires by itself. */
  stop(): void;
  /** Stops renewing and lets go of the lease. */
  drop(): Promise<void>;
}

/** Keeps the companion up while this window uses it. A renewal that fails is tried again with the next one. */
export function holdLease(client: CompanionClient, id: string, label: string): Lease {
  const renew = (): void => void client.call('holdLease', { id, label }, AbortSignal.timeout(renewMilliseconds)).catch(() => undefined);
  renew();
  const timer = setInterval(renew, renewMilliseconds);
  const stop = (): void => clearInterval(timer);
  return {
    stop,
    async drop() {
      stop();
      await client.call('dropLease', { id }, AbortSignal.timeout(1000)).catch(() => undefined);
    },
  };
}
