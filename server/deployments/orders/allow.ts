import type { AnsweredAllowance } from '../../contract/allowances.ts';
import type { Caller } from '../../contract/caller.ts';
import type { ServingConfig } from '../../contract/servingConfig.ts';
import { Problem } from '../../platform/errors.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import type { DeployRequest } from './deployRequest.ts';
import type { OrderDependencies } from './order.ts';

/** A serving config with more allowed than before. */
function withAllowances(serving: ServingConfig, allowances: readonly AnsweredAllowance[]): ServingConfig {
  const joined = (before: readonly string[] = [], kind: AnsweredAllowance['kind']): string[] => [
    ...new Set([...before, ...allowances.filter((each) => each.kind === kind).map(({ name }) => name)]),
  ];
  const imports = joined(serving.allowedImports, 'import');
  const builds = joined(serving.allowedBuilds, 'build');
  return { ...serving, ...(imports.length === 0 ? {} : { allowedImports: imports }), ...(builds.length === 0 ? {} : { allowedBuilds: builds }) };
}

/**
 * Makes what deploys again what a rollout was refused with, all that it names as allowable allowed by who asks: a rollout does not
 * change once it has failed, so that a yes is a yes to what was shown.
 * @param deploy checks and writes a deploy, the audit log too
 */
export function createAllowOrder({ parts }: Pick<OrderDependencies, 'parts'>, deploy: (request: DeployRequest) => Promise<RolloutRecord>): (id: string, actor: Caller) => Promise<RolloutRecord> {
  const { endpoints, rollouts, registry } = parts;
  return async (id, requestedBy) => {
    const refused = rollouts.get(id);
    if (refused === undefined) {
      throw new Problem('not-found', `There is no rollout ${id}.`, { field: 'id' });
    }
    const { endpoint: name, model, version, server, target, replicaCount, strategy, allowable } = refused;
    if (allowable.length === 0) {
      throw new Problem('conflict', `The rollout ${id} was not refused for anything that could be allowed.`, { field: 'id', remedy: `It ${refused.state}: ${refused.message}` });
    }
    if (rollouts.latest(name)?.id !== id) {
      throw new Problem('conflict', `${name} has had another rollout since.`, { field: 'id', remedy: `Deploy version ${version} of ${model} anew, and look at what it asks for.` });
    }
    if ((await registry.resolve(model, version)).server !== server) {
      throw new Problem('conflict', `Version ${version} of ${model} comes from another registry than it did.`, { field: 'id', remedy: 'Deploy it anew, and look at what it asks for.' });
    }
    // What the refused rollout would have replaced is what its signature was compared with.
    const allowBreaking = refused.from?.release === endpoints.get(name)?.live?.release;
    return deploy({ name, model, version, target, replicaCount, strategy, serving: withAllowances(refused.serving, allowable), requestedBy, allowBreaking });
  };
}
