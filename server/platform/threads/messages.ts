import type { ErrorReason } from '../../contract/errors.ts';

/** What a thread is given. */
export interface ReaderData {
  readonly database: string;
  readonly blobs: string;
  /** The event loop and other threads go before it. */
  readonly stepsBehind: boolean;
  /** Milliseconds that a statement may take that asks for it. */
  readonly deadline: number;
}

/** To the thread. Each piece of an answer is asked for: what nobody takes is not made. */
export type ToReader<Read> =
  | { readonly type: 'read'; readonly id: number; readonly read: Read }
  | { readonly type: 'more'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number };

/** From the thread: that it has started, the next piece of an answer as UTF-8, or why there is none. */
export type FromReader =
  | { readonly type: 'ready' }
  | { readonly type: 'piece'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer>; readonly last: boolean }
  | {
      readonly type: 'failure';
      readonly id: number;
      readonly reason: ErrorReason;
      readonly message: string;
      readonly field: string | undefined;
      readonly remedy: string | undefined;
    };
