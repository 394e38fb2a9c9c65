import { Problem } from '../platform/errors.ts';

/** What a request names, and how many of it there may be. */
export interface NamedIds {
  /** The request by the name that MLflow's messages give it. */
  readonly request: string;
  readonly ids: readonly string[];
  /** What one of them is called, such as `run_id`. */
  readonly of: string;
  /** The field that holds them. */
  readonly field: string;
  readonly most: number;
}

/** @throws Problem `invalid-input` in MLflow's words when there are none or too many */
export function requireIds({ request, ids, of, field, most }: NamedIds): void {
  if (ids.length === 0) {
    throw new Problem('invalid-input', `${request} request must specify at least one ${of}.`, { field });
  }
  if (ids.length > most) {
    throw new Problem('invalid-input', `${request} request cannot specify more than ${most} ${of}s. Received ${ids.length} ${of}s.`, { field });
  }
}
