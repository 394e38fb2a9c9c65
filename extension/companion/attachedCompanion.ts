import type { LogOutputChannel } from 'vscode';
import type { CompanionClient } from '../../server/client/companionClient.ts';
import type { CompanionEvent } from '../../server/contract/events.ts';
import { describeFailure } from '../vscode/failures.ts';
import { holdLease } from './lease.ts';

/** A companion that this window uses: it holds a lease of it and gets its events. */
export interface AttachedCompanion {
  readonly client: CompanionClient;
  /** Lets go of the events and stops renewing the lease, which then expires by itself. */
  release(): void;
  /** The same, and gives the lease back. */
  drop(): Promise<void>;
}

export interface AttachOptions {
  readonly lease: { readonly id: string; readonly label: string };
  readonly log: LogOutputChannel;
  readonly receive: (event: CompanionEvent) => void;
  /** Its stream of events has ended, and nobody has let go of it. */
  readonly onGone: () => void;
}

export function attach(client: CompanionClient, { lease: { id, label }, log, receive, onGone }: AttachOptions): AttachedCompanion {
  const following = new AbortController();
  const { signal } = following;
  const lease = holdLease(client, id, label);
  const follow = async (): Promise<void> => {
    try {
      for await (const event of client.events(signal)) {
        receive(event);
      }
    } catch (error) {
      if (!signal.aborted) {
        log.debug(`event stream: ${describeFailure(error)}`);
      }
    }
    if (!signal.aborted) {
      onGone();
    }
  };
  void follow();
  return {
    client,
    release() {
      following.abort();
      lease.stop();
    },
    drop() {
      following.abort();
      return lease.drop();
    },
  };
}
