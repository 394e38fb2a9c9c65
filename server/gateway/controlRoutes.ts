import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../platform/errors.ts';
import { sendJson, sendProblem } from './answer.ts';
import { controlTokenHeader, type GatewayStatus } from './statusReport.ts';

/** What the companion may ask of the gateway. */
export interface GatewayControls {
  status(): GatewayStatus;
  /** Reads the route file again. */
  reload(): void;
  /** Writes what the inference log holds to the disk. */
  flush(): GatewayStatus['log'];
  stop(): void;
}

/** Answers the routes below `/-/`, which want the token that the gateway was started with. */
export function createControlRoutes(token: string, controls: GatewayControls): (request: IncomingMessage, response: ServerResponse) => void {
  const expected = Buffer.from(token);
  return (request, response) => {
    request.resume();
    const presented = Buffer.from(String(request.headers[controlTokenHeader] ?? ''));
    if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) {
      sendProblem(response, 401, new Problem('unauthenticated', "The control routes of the gateway are the companion's alone."));
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
