import type { Caller } from '../contract/caller.ts';
import type { Fields, Message } from './message.ts';

/** What a handler knows of the call beside its message. */
export interface Call {
  /** The user name of the client's Basic login. */
  readonly userName: string | undefined;
  readonly caller: Caller;
}

/** An answer: a value, its JSON text, or the pieces of that text (UTF-8) for one that may be long. */
export type Answer = object | string | AsyncGenerator<Uint8Array, void>;

/** One call of the protocol as data. `{name}` segments of the path are fields of the message. */
export interface MlflowRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/2.0/mlflow` and `/ajax-api/2.0/mlflow`. */
  readonly path: string;
  readonly fields: Fields;
  handle(message: Message<Fields>, call: Call): Answer | Promise<Answer>;
}

/** Declares a route; the message's type follows from the fields. */
export function route<F extends Fields>(
  method: MlflowRoute['method'],
  path: string,
  fields: F,
  handle: (message: Message<F>, call: Call) => Answer | Promise<Answer>,
): MlflowRoute {
  return { method, path, fields, handle: (message, call) => handle(message as Message<F>, call) };
}

/** The answer of a call that has nothing to say. */
export const done = {};
