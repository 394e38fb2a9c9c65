import assert from 'node:assert/strict';
import { z } from 'zod';
import type { CompanionClient } from '../../../server/client/companionClient.ts';

const createdRun = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });
const createdExperiment = z.object({ experiment_id: z.string() });

/** What a test asks of a companion through MLflow's protocol, as an MLflow client would. */
export interface MlflowCalls {
  /** Calls a route below `/api/2.0/mlflow`. @returns the answer's body @throws where the answer is not 200 */
  post(route: string, body: object): Promise<unknown>;
  patch(route: string, body: object): Promise<unknown>;
  get(route: string): Promise<unknown>;
  /** Uploads an artifact to a path below the artifact store's root. */
  upload(path: string, content: string | Buffer): Promise<void>;
  /** Creates a run, in the default experiment unless told otherwise. @returns its id */
  createRun(run?: { experiment_id?: string; run_name?: string; start_time?: number }): Promise<string>;
  /** @returns the id of the new experiment */
  createExperiment(name: string): Promise<string>;
}

/** @param user who logs in, such as `nb-` with the id of a captured run, as the kernels of notebooks do; nobody by name unless given */
export function mlflowCalls({ baseUrl, lock }: Pick<CompanionClient, 'baseUrl' | 'lock'>, user?: string): MlflowCalls {
  const authorization = user === undefined ? `Bearer ${lock.token}` : `Basic ${Buffer.from(`${user}:${lock.token}`).toString('base64')}`;
  const send = async (method: string, route: string, body?: string | Uint8Array<ArrayBuffer>, type = 'application/json'): Promise<string> => {
    const headers = { authorization, 'content-type': type };
    const answer = await fetch(`${baseUrl}/api/2.0/${route}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${route}: ${text}`);
    return text;
  };
  const ask = async (method: string, route: string, body?: object): Promise<unknown> =>
    JSON.parse(await send(method, `mlflow/${route}`, body === undefined ? undefined : JSON.stringify(body)));
  const post = (route: string, body: object): Promise<unknown> => ask('POST', route, body);
  return {
    post,
    patch: (route, body) => ask('PATCH', route, body),
    get: (route) => ask('GET', route),
    async upload(path, content) {
      await send('PUT', `mlflow-artifacts/artifacts/${path}`, typeof content === 'string' ? content : new Uint8Array(content), 'application/octet-stream');
    },
    async createRun(run = {}) {
      return createdRun.parse(await post('runs/create', { experiment_id: '0', start_time: Date.now(), ...run })).run.info.run_id;
    },
    async createExperiment(name) {
      return createdExperiment.parse(await post('experiments/create', { name })).experiment_id;
    },
  };
}
