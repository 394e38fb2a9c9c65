import type { NextFunction, Request, Response } from 'express';
import type { ErrorBody } from '../../contract/errors.ts';
import { isDamage, Problem, statusOfReason, toProblem } from '../errors.ts';
import type { Log } from '../log.ts';

function isBodyParserError(error: unknown): error is Error & { type: string; status: number } {
  return error instanceof Error && 'type' in error && 'status' in error && typeof error.status === 'number';
}

/** The wire form of a problem. */
export function problemBody(problem: Problem): ErrorBody {
  return {
    error: {
      reason: problem.reason,
      message: problem.message,
      ...(problem.field === undefined ? {} : { field: problem.field }),
      ...(problem.remedy === undefined ? {} : { remedy: problem.remedy }),
    },
  };
}

/** Express error handler of the companion's own API: every error becomes an {@link ErrorBody} with the status of its reason. */
export function answerFailure(log: Log): (error: unknown, request: Request, response: Response, next: NextFunction) => void {
  return (error, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = error instanceof URIError
      ? new Problem('invalid-input', 'The path cannot be read: its percent-encoding is no UTF-8.', { remedy: 'Encode names with encodeURIComponent or its like.' })
      : isBodyParserError(error)
      ? new Problem(error.status === 413 ? 'too-large' : 'invalid-input', `The body cannot be read: ${error.message}`)
      : toProblem(error);
    if (problem.reason === 'internal' || isDamage(problem.cause)) {
      log.error(`${request.method} ${request.path}`, problem.cause ?? problem);
    }
    response.status(statusOfReason[problem.reason]).json(problemBody(problem));
  };
}
