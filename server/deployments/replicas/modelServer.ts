import { request } from 'node:http';
import { z } from 'zod';
import { replicaKeyHeader } from '../../platform/http/replicaKey.ts';
import type { ReplicaRecord } from './replicaTable.ts';

export interface ModelServerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The header by which a model server says which release it serves. */
export const releaseHeader = 'x-slipway-release';

const largestAnswer = 64 * 1024 * 1024;

/**
 * One call of a model server, without connection reuse, so that no answer of an earlier replica on the same port is taken for this one's.
 * @param options.key what the server wants to hear; undefined for one that was started without
 */
export function callModelServer(
  address: string,
  path: string,
  options: { readonly key: string | undefined; readonly body?: string; /** JSON where it is left out. */ readonly contentType?: string; readonly milliseconds: number; readonly signal?: AbortSignal },
): Promise<ModelServerAnswer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(options.key === undefined ? {} : { [replicaKeyHeader]: options.key }),
      ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json', 'content-length': String(Buffer.byteLength(options.body)) }),
    };
    const timeout = AbortSignal.timeout(options.milliseconds);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    const call = request(`http://${address}${path}`, { method: options.body === undefined ? 'GET' : 'POST', headers, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > largestAnswer) {
          response.destroy(new Error('the answer is too large'));
          return;
        }
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
    });
    call.on('error', (error) => reject(timeout.aborted ? new Error(`no answer within ${options.milliseconds / 1000} s`, { cause: error }) : error));
    call.end(options.body);
  });
}

export type ServerReadiness = { readonly ready: true } | { readonly ready: false; readonly detail: string };

/** Asks `/readyz`. A server of another release at the same address is not ready. */
async function askReady(address: string, release: string, key: string | undefined, signal?: AbortSignal): Promise<ServerReadiness> {
  try {
    const answer = await callModelServer(address, '/readyz', { key, milliseconds: 2000, ...(signal === undefined ? {} : { signal }) });
    if (answer.status !== 200) {
      return { ready: false, detail: `/readyz answers ${answer.status}` };
    }
    const served = answer.headers[releaseHeader];
    return served === undefined || served === release ? { ready: true } : { ready: false, detail: `the port is held by release ${String(served)}` };
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** As {@link askReady} for a replica that answers at several addresses: ready when all of them are. */
export async function askAllReady({ addresses, release }: Pick<ReplicaRecord, 'addresses' | 'release'>, key: string | undefined, signal?: AbortSignal): Promise<ServerReadiness> {
  if (addresses.length === 0) {
    return { ready: false, detail: 'it has no address' };
  }
  const answers = await Promise.all(addresses.map((address) => askReady(address, release, key, signal)));
  return answers.find(({ ready }) => !ready) ?? { ready: true };
}

const errorAnswer = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });

/** The message of an answer that is not 200, in one line. */
export function failureText(answer: ModelServerAnswer): string {
  try {
    const body: unknown = JSON.parse(answer.body);
    const parsed = errorAnswer.safeParse(body);
    if (parsed.success) {
      return typeof parsed.data.error === 'string' ? parsed.data.error : parsed.data.error.message;
    }
    const plain = z.object({ message: z.string() }).safeParse(body);
    if (plain.success) {
      return plain.data.message;
    }
  } catch {
    // Not JSON: shown as it is.
  }
  return answer.body.trim().slice(0, 500);
}
