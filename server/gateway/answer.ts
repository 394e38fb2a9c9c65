import type { ServerResponse } from 'node:http';
import { problemBody } from '../platform/http/failure.ts';
import type { Problem } from '../platform/errors.ts';

/** Sends a JSON document; returns its size in bytes. */
export function sendJson(response: ServerResponse, status: number, document: unknown, headers: Record<string, string> = {}): number {
  const body = Buffer.from(`${JSON.stringify(document)}\n`);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
  return body.length;
}

/** Sends a problem in the companion's wire form with the status of a proxy. */
export function sendProblem(response: ServerResponse, status: number, problem: Problem, headers: Record<string, string> = {}): number {
  return sendJson(response, status, problemBody(problem), headers);
}
