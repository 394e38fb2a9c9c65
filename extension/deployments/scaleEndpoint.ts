import type { App } from '../app.ts';
import { replicaCount } from '../../server/contract/deployments.ts';
import { askText, chosen } from '../vscode/prompts.ts';
import { withMessage } from '../vscode/progress.ts';
import { endpointOf } from './endpointPrompts.ts';

const title = 'Slipway: Scale Endpoint';

function problemOf(text: string): string | undefined {
  return text.trim() !== '' && replicaCount.safeParse(Number(text)).success ? undefined : `a whole number from ${replicaCount.minValue ?? 1} to ${replicaCount.maxValue ?? ''}`;
}

/** Asks how many replicas are to run, and lets them. */
export async function scaleEndpoint(app: App, subject: unknown): Promise<void> {
  const name = await endpointOf(app, subject, title, ({ liveVersion, state }) => liveVersion !== undefined && state !== 'stopped');
  if (name === undefined) {
    return;
  }
  const endpoint = await app.connection.call('getEndpoint', { name });
  const answer = chosen(await askText({ title, prompt: `How many replicas of ${name} are to run?`, value: String(endpoint.replicaCount), check: problemOf }));
  if (answer !== undefined && Number(answer) !== endpoint.replicaCount) {
    await withMessage(`Scaling ${name}`, () => app.connection.call('scaleEndpoint', { name, replicaCount: Number(answer) }));
  }
}
