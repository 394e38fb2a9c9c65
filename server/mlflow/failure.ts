import type { ErrorReason } from '../contract/errors.ts';
import { toProblem } from '../platform/errors.ts';

/** The codes of MLflow's protocol that this server answers with. */
export type ErrorCode =
  | 'INVALID_PARAMETER_VALUE'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'RESOURCE_ALREADY_EXISTS'
  | 'INVALID_STATE'
  | 'ENDPOINT_NOT_FOUND'
  | 'NOT_IMPLEMENTED'
  | 'RESOURCE_EXHAUSTED'
  | 'BAD_REQUEST'
  | 'INTERNAL_ERROR';

export interface MlflowFailure {
  readonly status: number;
  readonly body: { readonly error_code: ErrorCode; readonly message: string; readonly sqlstate?: string; readonly error_class?: string };
}

/** How MLflow classifies its codes beyond the code itself (mlflow/error_classification.py); clients show it on their exceptions. */
const classes: Readonly<Partial<Record<ErrorCode, readonly [sqlstate: string, errorClass: string]>>> = {
  INVALID_PARAMETER_VALUE: ['KAM00', 'INVALID_PARAMETER_VALUE'],
  BAD_REQUEST: ['KAM00', 'INVALID_PARAMETER_VALUE'],
  PERMISSION_DENIED: ['KAM00', 'PERMISSION_DENIED'],
  RESOURCE_DOES_NOT_EXIST: ['KAM00', 'RESOURCE_NOT_FOUND'],
  ENDPOINT_NOT_FOUND: ['KAM00', 'RESOURCE_NOT_FOUND'],
  RESOURCE_ALREADY_EXISTS: ['KAM00', 'RESOURCE_ALREADY_EXISTS'],
  INVALID_STATE: ['XXM00', 'CLIENT_INTERNAL_ERROR'],
  INTERNAL_ERROR: ['XXM00', 'CLIENT_INTERNAL_ERROR'],
};

function failure(status: number, code: ErrorCode, message: string): MlflowFailure {
  const found = classes[code];
  return { status, body: { error_code: code, message, ...(found === undefined ? {} : { sqlstate: found[0], error_class: found[1] }) } };
}

/**
 * The client tries 408, 429, 500, 502, 503 and 504 again for minutes; it takes the kind of an error from the code, whatever the status.
 * So what would fail again answers another status. A full disk answers 507 and an unexpected error 500.
 */
const answers: Readonly<Record<ErrorReason, readonly [number, ErrorCode]>> = {
  'invalid-input': [400, 'INVALID_PARAMETER_VALUE'],
  unauthenticated: [401, 'UNAUTHENTICATED'],
  forbidden: [403, 'PERMISSION_DENIED'],
  'not-found': [404, 'RESOURCE_DOES_NOT_EXIST'],
  'already-exists': [400, 'RESOURCE_ALREADY_EXISTS'],
  conflict: [400, 'INVALID_STATE'],
  unavailable: [424, 'INVALID_STATE'],
  'too-large': [413, 'BAD_REQUEST'],
  'disk-full': [507, 'RESOURCE_EXHAUSTED'],
  internal: [500, 'INTERNAL_ERROR'],
};

/** An error of this protocol that has no reason of its own among those of the companion. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly status: number;
  readonly code: ErrorCode;

  constructor(status: number, code: ErrorCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The wire form of what was thrown. */
export function toFailure(error: unknown): MlflowFailure {
  if (error instanceof ProtocolError) {
    return failure(error.status, error.code, error.message);
  }
  const problem = toProblem(error);
  const [status, code] = answers[problem.reason];
  const stop = /[.!?:]$/.test(problem.message) ? ' ' : '. ';
  const hint = problem.remedy === undefined ? '' : `${stop}${problem.remedy}`;
  return failure(status, code, `${problem.message}${hint}`);
}

export function notImplemented(what: string): ProtocolError {
  return new ProtocolError(501, 'NOT_IMPLEMENTED', `${what} is not implemented by Slipway.`);
}
