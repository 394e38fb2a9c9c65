import { CallFailure } from '../client/callFailure.ts';
import type { Endpoint } from '../contract/deployments.ts';

export interface Prediction {
  readonly status: number;
  readonly body: unknown;
  readonly requestId: string | undefined;
  readonly release: string | undefined;
  readonly milliseconds: number;
}

/**
 * Posts a body to an endpoint's `/invocations`.
 * @param release that is to answer, by its digest or `v7`; undefined: as the traffic is shared
 * @throws CallFailure `unreachable` when the gateway does not answer
 */
export async function predict(endpoint: Pick<Endpoint, 'url'>, body: string, release?: string): Promise<Prediction> {
  const started = performance.now();
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${endpoint.url}/invocations`, { method: 'POST', headers: { 'content-type': 'application/json', ...(release === undefined ? {} : { 'x-slipway-release': release }) }, body });
    text = await answer.text();
  } catch (cause) {
    throw new CallFailure('unreachable', `${endpoint.url} does not answer.`, { remedy: 'See "slipway status" and "slipway endpoints".', cause });
  }
  return {
    status: answer.status,
    body: parseOrText(text),
    requestId: answer.headers.get('x-request-id') ?? undefined,
    release: answer.headers.get('x-slipway-release') ?? undefined,
    milliseconds: performance.now() - started,
  };
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
