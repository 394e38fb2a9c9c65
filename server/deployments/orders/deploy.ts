import type { ModelVersion } from '../../contract/registry.ts';
import { Problem } from '../../platform/errors.ts';
import { firstStep } from '../rollouts/progression.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { requireTarget } from '../targets/targets.ts';
import { breakingFor, requireFitting, requireFolders, requireKindSignature, requireOneDecision, requireRehearsable, requireRising } from './deployChecks.ts';
import type { DeployPlan, DeployRequest } from './deployRequest.ts';
import { plannedStrategy } from './plannedStrategy.ts';
import { requirePromotion } from './requirePromotion.ts';
import { newRolloutId, requireNoRollout, type OrderDependencies } from './order.ts';

/** Makes what moves an endpoint to a model version, and creates the endpoint where there is none. */
export function createDeployOrder({ database, parts, outcomes, reconciler, audit, policyOf, changed }: OrderDependencies): (request: DeployRequest) => Promise<RolloutRecord> {
  const { endpoints, rollouts, registry, releases, targets } = parts;

  /** What a person let a model do that is refused otherwise. */
  const auditAllowances = ({ id, endpoint, model, version, requestedBy: actor, serving: { allowedImports, allowedBuilds, allowedNetwork, allowedFolders } }: RolloutRecord): void => {
    if (allowedImports !== undefined) {
      audit.append({ actor, action: 'pickle.allowed', subject: endpoint, detail: { rollout: id, model, version, imports: allowedImports } });
    }
    if (allowedBuilds !== undefined) {
      audit.append({ actor, action: 'build.allowed', subject: endpoint, detail: { rollout: id, model, version, packages: allowedBuilds } });
    }
    if (allowedNetwork !== undefined) {
      audit.append({ actor, action: 'network.allowed', subject: endpoint, detail: { rollout: id, model, version } });
    }
    if (allowedFolders !== undefined) {
      audit.append({ actor, action: 'folders.allowed', subject: endpoint, detail: { rollout: id, model, version, folders: allowedFolders } });
    }
  };

  const begin = (plan: DeployPlan): RolloutRecord => {
    const { name, model, target, requestedBy, resolved } = plan;
    const existing = endpoints.get(name);
    const replicaCount = plan.replicaCount ?? existing?.replicaCount ?? 1;
    if (existing === undefined) {
      endpoints.create({ name, model, target, replicaCount, createdAt: Date.now() });
    } else {
      requireFitting(existing, plan);
    }
    requireNoRollout(parts, name);
    requireRehearsable(existing, plan);
    const breaking = breakingFor(existing, resolved, releases);
    requireKindSignature(breaking, plan);
    endpoints.setDesired(name, 'running');
    const created = rollouts.create({
      id: newRolloutId(),
      endpoint: name,
      kind: 'deploy',
      model: resolved.name,
      version: resolved.version,
      server: resolved.server,
      target,
      replicaCount,
      serving: plan.serving,
      strategy: plan.strategy,
      from: existing?.live,
      to: plan.promoted?.release,
      requestedBy,
      reason: plan.promoted?.reason ?? '',
      message: '',
      step: firstStep,
      startedAt: Date.now(),
    });
    outcomes.begin(created);
    audit.append({
      actor: requestedBy,
      action: 'deploy.requested',
      subject: name,
      detail: { rollout: created.id, model: created.model, version: created.version, ...(created.server === undefined ? {} : { server: created.server }), target, replicas: replicaCount, strategy: plan.strategy.kind },
    });
    if (breaking.length > 0 && plan.allowBreaking) {
      audit.append({ actor: requestedBy, action: 'breaking.allowed', subject: name, detail: { rollout: created.id, model: created.model, version: created.version, changes: breaking } });
    }
    auditAllowances(created);
    plan.promoted?.begun(created);
    return created;
  };

  /** @throws Problem `conflict` for a promoted release that is of another version than it says */
  const requireItsRelease = ({ promoted }: DeployRequest, { name, version, server }: ModelVersion): void => {
    const of = promoted === undefined ? undefined : releases.get(promoted.release).model;
    if (of !== undefined && (of.name !== name || of.version !== version || of.server !== server)) {
      throw new Problem('conflict', `The release was packaged from another registry than version ${version} of ${name} is in.`, { field: 'version', remedy: 'Ask for the promotion anew.' });
    }
  };

  return async (request) => {
    requireOneDecision(request.serving);
    if (request.target !== undefined) {
      requireTarget(request.target);
    }
    const resolved = await registry.resolve(request.model, request.version);
    const strategy = plannedStrategy(policyOf(resolved.name), request);
    requirePromotion(policyOf(resolved.name), request, resolved);
    requireItsRelease(request, resolved);
    requireRising(strategy);
    const target = request.target ?? endpoints.get(request.name)?.target ?? (await targets.byDefault()).kind;
    requireFolders(request.serving, targets.of(target), parts.home);
    const rollout = await reconciler.exclusively(request.name, () => database.transaction(() => begin({ ...request, resolved, target, strategy }))());
    changed(request.name, rollout.id);
    return rollouts.get(rollout.id) ?? rollout;
  };
}
