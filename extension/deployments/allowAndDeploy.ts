import { window } from 'vscode';
import type { App } from '../app.ts';
import { describeAllowance, isOffered, meaningOf } from '../../server/contract/allowances.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import { confirm } from '../vscode/prompts.ts';
import { followRollout } from './deployModel.ts';
import { endpointOf } from './endpointPrompts.ts';

const title = 'Slipway: Allow and Deploy Again';

/** Deploys again what was refused for what its pickles import or for a package without a wheel, after showing what that allows. */
export async function allowAndDeploy(app: App, subject: unknown): Promise<Rollout | undefined> {
  const { connection } = app;
  const name = await endpointOf(app, subject, title, ({ rollout }) => rollout !== undefined && isOffered(rollout.allowable));
  if (name === undefined) {
    return undefined;
  }
  const { rollout } = await connection.call('getEndpoint', { name });
  if (rollout === undefined || !isOffered(rollout.allowable)) {
    void window.showInformationMessage(`The last rollout to ${name} was not refused for anything that could be allowed.`);
    return undefined;
  }
  const { targets } = await connection.call('listTargets', {});
  const isolation = targets.find(({ kind }) => kind === rollout.target)?.isolation;
  if (!(await confirm(`Allow what version ${rollout.toVersion} of ${rollout.model} was refused for, and deploy it again?`, detailOf(rollout, isolation), 'Allow and Deploy Again'))) {
    return undefined;
  }
  const again = await connection.call('allowAndDeploy', { id: rollout.id });
  return followRollout(app, again, `Deploying ${again.model} ${again.toVersion} to ${name}`);
}

/** What is allowed, and what that means. @param isolation of the target, as a sentence */
export function detailOf({ allowable }: Pick<Rollout, 'allowable'>, isolation: string | undefined): string {
  return [
    ...allowable.map((allowance) => `• ${describeAllowance(allowance)}.`),
    '',
    [...meaningOf(allowable), ...(isolation === undefined ? [] : [`Isolation of replicas: ${isolation}`])].join(' '),
    '',
    'Allow it only if you trust who made it. The audit log and the release keep that you did.',
  ].join('\n');
}
