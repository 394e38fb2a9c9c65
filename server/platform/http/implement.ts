import type { NextFunction, Request, Response, Router } from 'express';
import type { z } from 'zod';
import { callerAtDoor } from '../caller.ts';
import { Problem } from '../errors.ts';
import type { Caller } from '../../contract/caller.ts';
import type { Route, RouteOutput } from '../../contract/route.ts';
import { sendPieces } from './pieces.ts';

/** What a call knows beside its input. */
export interface CallContext {
  /** Aborted when the client goes away before the answer. */
  readonly signal: AbortSignal;
  readonly caller: Caller;
}

/** An output as the pieces of its JSON text (UTF-8). */
export type OutputText = AsyncGenerator<Uint8Array, void>;

function isText(output: object): output is OutputText {
  return Symbol.asyncIterator in output;
}

type ParsedInput<R> = R extends Route<infer I> ? z.output<I> : never;

export type Handler<R extends Route> = (input: ParsedInput<R>, context: CallContext) => RouteOutput<R> | OutputText | Promise<RouteOutput<R>>;
export type Handlers<Routes extends Readonly<Record<string, Route>>> = { readonly [Name in keyof Routes]: Handler<Routes[Name]> };

/** Mounts routes of the contract that belong together: none of them can be forgotten. */
export function implementAll<Routes extends Readonly<Record<string, Route>>>(router: Router, routes: Routes, handlers: Handlers<Routes>): void {
  implementFrom(router, routes, () => handlers);
}

/** As `implementAll`, with the handlers that are in force when a call comes. */
export function implementFrom<Routes extends Readonly<Record<string, Route>>>(router: Router, routes: Routes, current: () => Handlers<Routes>): void {
  const mount = <Name extends keyof Routes>(name: Name): void => implement(router, routes[name], (input, context) => current()[name](input, context));
  for (const name in routes) {
    mount(name);
  }
}

/**
 * Mounts a route of the contract: parses the input, calls the handler, sends its output as JSON or the text that it made of it.
 * Input that does not fit answers 400 and names the field.
 */
export function implement<R extends Route>(
  router: Router,
  declaration: R,
  handler: Handler<R>,
): void {
  const method = declaration.method.toLowerCase();
  if (method !== 'get' && method !== 'post' && method !== 'put' && method !== 'delete') {
    throw new TypeError(`unknown method ${declaration.method}`);
  }
  router[method](declaration.path, async (request: Request, response: Response, next: NextFunction) => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) {
        gone.abort();
      }
    });
    try {
      const given = givenInput(declaration, request);
      const output = await handler(parseInput(declaration, given), { signal: gone.signal, caller: callerAtDoor(request.headers, given) });
      if (typeof output === 'object' && output !== null && isText(output)) {
        await sendPieces(response, 'application/json; charset=utf-8', output);
      } else if (!response.headersSent) {
        response.json(output);
      }
    } catch (error) {
      // Whoever went away is told nothing.
      if (!gone.signal.aborted) {
        next(error);
      }
    }
  });
}

function givenInput(declaration: Route, request: Request): object {
  const body: unknown = declaration.method === 'GET' || declaration.method === 'DELETE' ? request.query : (request.body ?? {});
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem('invalid-input', 'The body must be a JSON object.');
  }
  return { ...body, ...request.params };
}

function parseInput<R extends Route>(declaration: R, given: object): ParsedInput<R> {
  const parsed = declaration.input.safeParse(given);
  if (!parsed.success) {
    throw invalidInput(parsed.error);
  }
  return parsed.data as ParsedInput<R>;
}

/** The first issue of a zod error as a {@link Problem} that names the field. */
export function invalidInput(error: z.ZodError): Problem {
  const issue = error.issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  const message = issue?.message ?? 'invalid';
  return new Problem('invalid-input', field === '' ? message : `${field}: ${message}`, field === '' ? {} : { field });
}
