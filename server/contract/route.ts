import type { z } from 'zod';
import type { PanelKind } from './panelKind.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * One call of the companion's own API as data: the server mounts it, the extension, the panels and the command line call it.
 * `:name` segments of the path are filled from the input; what is left of it is the query (GET, DELETE) or the JSON body.
 */
export interface Route<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType, P extends readonly PanelKind[] = readonly PanelKind[]> {
  readonly method: Method;
  /** Below {@link apiPrefix}. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly input: I;
  readonly output: O;
  /** The panels that make this call; unless given none may. */
  readonly panels?: P;
  /** What the call does, such as `deploying a model`, where that is refused in a window whose workspace is not trusted. */
  readonly needsTrust?: string;
}

export type RouteInput<R> = R extends Route<infer I, z.ZodType> ? z.input<I> : never;
export type RouteOutput<R> = R extends Route<z.ZodType, infer O> ? z.output<O> : never;

export const apiPrefix = '/api/slipway/v1';

/** Declares a route; exists so that the schemas' types are inferred. */
export function route<I extends z.ZodType, O extends z.ZodType, const P extends readonly PanelKind[] = readonly []>(declaration: Route<I, O, P>): Route<I, O, P> {
  return declaration;
}
