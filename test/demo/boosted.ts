import { z } from 'zod';
import type { CompanionClient } from '../../server/client/companionClient.ts';
import { endpoint as endpointSchema, rollout as rolloutSchema } from '../../server/contract/deployments.ts';
import { modelVersion } from '../../server/contract/registry.ts';
import { poll } from '../../server/platform/time/poll.ts';
import type { DemoFolder } from './folder.ts';
import { slipway, type CommandOptions } from './slipway.ts';
import { hold } from './transcript.ts';

const model = 'churn-boosted';
const customer = { age: 41, tenure_months: 5, monthly_charges: 64.5, support_calls: 3 };
const answered = z.object({ predictions: z.array(z.number()) });

export interface Boosted {
  readonly flavors: readonly string[];
  readonly workers: number;
  readonly url: string;
  readonly answer: number;
}

/** A model of another library, from its notebook to an answer of an endpoint with two workers. Nothing is said meanwhile: it goes on beside the rest. */
export async function deployBoosted(folder: DemoFolder, target: string, connect: () => Promise<CompanionClient | undefined>, { environment }: CommandOptions): Promise<Boosted> {
  const { runs } = await slipway(['run', folder.boosted], z.object({ runs: z.array(z.object({ runId: z.string() })) }), { environment });
  const { flavors } = await slipway(['register', model, '--run', runs[0]?.runId ?? ''], modelVersion, { environment });
  hold(flavors.includes('xgboost'), `The boosted model is ${flavors.join(', ')}.`);
  const { endpoint } = await slipway(['deploy', `${model}:1`, '--target', target, '--workers', '2'], z.object({ rollout: rolloutSchema, endpoint: endpointSchema }), { environment });
  const client = await poll(connect, { every: 200 });
  const { serving } = await client.call('getRelease', { digest: endpoint.liveRelease ?? '' });
  const answer = await fetch(`${endpoint.url}/invocations`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ dataframe_records: [customer] }) });
  const [prediction] = answered.parse(await answer.json()).predictions;
  hold(serving.workers === 2 && prediction !== undefined, 'The boosted model does not answer by two workers.');
  return { flavors, workers: serving.workers, url: endpoint.url, answer: prediction };
}
