import { z } from 'zod';
import type { App } from '../app.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import { settingsOf, withServing, type ServingConfig } from '../../server/contract/servingConfig.ts';
import { subjectAs } from '../vscode/commands.ts';
import { deployModel } from './deployModel.ts';

const thresholdSubject = z.object({ model: z.string(), version: z.number().int(), threshold: z.number() });

/** Deploys a version with a threshold, else as it is served where it is; asks for the endpoint where it is not the live one of exactly one. */
export async function useThreshold(app: App, subject: unknown): Promise<Rollout | undefined> {
  const given = subjectAs(thresholdSubject, subject);
  if (given === undefined) {
    return undefined;
  }
  const { model, version, threshold } = given;
  const { endpoints } = await app.connection.call('listEndpoints', {});
  const [live, other] = endpoints.filter((endpoint) => endpoint.model === model && endpoint.liveVersion === version);
  const only = other === undefined ? live : undefined;
  const kept: Partial<ServingConfig> = only?.liveRelease === undefined ? {} : settingsOf((await app.connection.call('getRelease', { digest: only.liveRelease })).serving);
  const decided = withServing(kept, [
    ['threshold', threshold],
    ['costs', undefined],
    // Probabilities alone are nothing that a threshold could decide.
    ...(kept.method === 'predict_proba' ? [['method', 'both'] as const] : []),
  ]);
  return deployModel(app, { model, version, serving: decided, ...(only === undefined ? {} : { endpoint: only.name }) });
}
