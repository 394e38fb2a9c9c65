import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { Problem } from '../platform/errors.ts';
import { relaunch, type Relaunch } from '../platform/relaunch.ts';
import { sendJson, sendProblem } from './answer.ts';
import type { ShadowAnswer } from './shadowReport.ts';
import { controlTokenHeader, type GatewayStatus } from './statusReport.ts';

/** What the companion may ask of the gateway. */
export interface GatewayControls {
  status(): GatewayStatus;
  /** Reads the route file again. */
  reload(): void;
  /** Writes what the inference log holds to the disk. */
  flush(): GatewayStatus['log'];
  stop(): void;
  /** What the shadow of an endpoint answered to its latest copies. */
  shadowAnswers(endpoint: string): readonly ShadowAnswer[];
  /** Looks after this companion from now on. */
  follow(companion: Relaunch | undefined): void;
}

const largestBody = 4 * 1024 * 1024;
/** Nothing: no companion is to be looked after. */
const followed = relaunch.or(z.object({}).strict().transform(() => undefined));

/** Answers the routes below `/-/`, which want the token that the gateway was started with. */
export function createControlRoutes(token: string, controls: GatewayControls): (request: IncomingMessage, response: ServerResponse) => void {
  const expected = Buffer.from(token);
  return (request, response) => {
    const presented = Buffer.from(String(request.headers[controlTokenHeader] ?? ''));
    if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) {
      request.resume();
      sendProblem(response, 401, new Problem('unauthenticated', "The control routes of the gateway are the companion's alone."));
      return;
    }
    if (request.method === 'POST' && request.url === '/-/follow') {
      readJson(request).then(
        (given) => {
          controls.follow(followed.parse(given));
          sendJson(response, 200, {});
        },
      ).catch(() => sendProblem(response, 400, new Problem('invalid-input', 'The body does not say how a companion is started.')));
      return;
    }
    request.resume();
    const shadowed = request.method === 'GET' ? /^\/-\/shadows\/([^/?]+)$/.exec(request.url ?? '')?.[1] : undefined;
    if (shadowed !== undefined) {
      sendJson(response, 200, { answers: controls.shadowAnswers(shadowed) });
      return;
    }
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /-/status':
        sendJson(response, 200, controls.status());
        return;
      case 'POST /-/reload':
        controls.reload();
        sendJson(response, 200, controls.status());
        return;
      case 'POST /-/flush':
        sendJson(response, 200, controls.flush());
        return;
      case 'POST /-/stop':
        sendJson(response, 200, {});
        controls.stop();
        return;
      default:
        sendProblem(response, 404, new Problem('not-found', `There is no ${request.method ?? ''} ${request.url ?? ''}.`));
    }
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) {
      throw new Problem('invalid-input', 'The body is too large.');
    }
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
