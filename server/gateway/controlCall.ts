import { request } from 'node:http';
import type { z } from 'zod';
import { controlTokenHeader, type GatewayLock } from './statusReport.ts';

const controlMilliseconds = 5000;

/**
 * Calls a control route of the gateway; undefined when no gateway of this data home answers. Each call has a connection of its own: one
 * that was kept could belong to a gateway that has made way since.
 */
export async function callGateway<S extends z.ZodType>(
  lock: GatewayLock,
  method: 'GET' | 'POST',
  path: string,
  answer: S,
  body?: unknown,
): Promise<z.output<S> | undefined> {
  try {
    const { status, text } = await exchange(lock, method, path, body === undefined ? '' : JSON.stringify(body));
    return status === 200 ? answer.parse(JSON.parse(text)) : undefined;
  } catch {
    return undefined;
  }
}

function exchange(lock: GatewayLock, method: string, path: string, body: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: lock.port,
        method,
        path,
        agent: false,
        headers: { [controlTokenHeader]: lock.controlToken, 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(controlMilliseconds),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
