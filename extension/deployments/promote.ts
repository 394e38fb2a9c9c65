import { z } from 'zod';
import type { App } from '../app.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import { isInconclusive, nextDecision } from '../../server/contract/nextDecision.ts';
import { subjectAs } from '../vscode/commands.ts';
import { confirm } from '../vscode/prompts.ts';
import { followRollout } from './deployModel.ts';
import { endpointOf } from './endpointPrompts.ts';

/** Lets a rollout go on; asks first where its share has seen too few requests to be judged by. */
export async function promote(app: App, subject: unknown): Promise<Rollout | undefined> {
  const { connection } = app;
  const name = await endpointOf(app, subject, 'Slipway: Promote', ({ rollout }) => rollout?.promotable === true);
  if (name === undefined) {
    return undefined;
  }
  const { rollout } = await connection.call('getEndpoint', { name });
  const confirmed = subjectAs(z.object({ confirmed: z.literal(true) }), subject) !== undefined;
  if (!confirmed && rollout !== undefined && isInconclusive(rollout) && !(await confirm(`Promote version ${rollout.toVersion} on ${name} although nothing says yet that it is good?`, detailOf(rollout), 'Promote Nevertheless'))) {
    return undefined;
  }
  const promoted = await connection.call('promote', { name });
  return followRollout(app, promoted, `Promoting version ${promoted.toVersion} on ${name}`);
}

function detailOf(rollout: Rollout): string {
  const next = nextDecision(rollout, Date.now());
  const goes = rollout.state === 'held' ? 'It goes to its next share of the traffic now.' : 'It gets all the traffic now.';
  return [...(next === undefined ? [] : [`By itself: ${next}.`]), goes].join('\n');
}
