import type { Caller } from '../../contract/caller.ts';
import { sharesOf, type Strategy } from '../../contract/deployments.ts';
import type { ModelVersion } from '../../contract/registry.ts';
import type { ServingConfig } from '../../contract/servingConfig.ts';
import { Problem } from '../../platform/errors.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import { firstStep } from '../rollouts/progression.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { requireAllowedFolders } from '../targets/allowedFolders.ts';
import type { Target } from '../targets/target.ts';
import { requireTarget } from '../targets/targets.ts';
import { breakingChanges } from '../../contract/breakingChanges.ts';
import { plannedStrategy } from './plannedStrategy.ts';
import { newRolloutId, requireNoRollout, type OrderDependencies } from './order.ts';

export interface DeployRequest {
  readonly name: string;
  readonly model: string;
  readonly version: number | string;
  readonly target: string | undefined;
  readonly replicaCount: number | undefined;
  /** Undefined: as the policy says, else all at once. */
  readonly strategy: Strategy | undefined;
  readonly serving: ServingConfig;
  readonly requestedBy: Caller;
  /** A signature that would break today's callers is taken as it is. */
  readonly allowBreaking: boolean;
}

/** What a deploy comes to once its model version and target are known. */
interface Plan extends DeployRequest {
  readonly resolved: ModelVersion;
  readonly target: string;
  readonly strategy: Strategy;
}

function requireRising(strategy: Strategy): void {
  const shares = sharesOf(strategy);
  if (shares.some((step, index) => step <= (shares[index - 1] ?? 0))) {
    throw new Problem('invalid-input', `The shares of a canary have to rise: ${shares.join(', ')}.`, { field: 'strategy.steps' });
  }
}

/** Refuses an endpoint that is going away, or that serves another model. */
function requireFitting(existing: EndpointRecord, { name, model }: DeployRequest): void {
  if (existing.desired === 'deleted') {
    throw new Problem('conflict', `The endpoint ${name} is being deleted.`, { remedy: 'Try again in a moment.' });
  }
  if (existing.model !== model) {
    throw new Problem('conflict', `The endpoint ${name} serves the model ${existing.model}, not ${model}.`, {
      field: 'name',
      remedy: 'Deploy to another endpoint, or delete this one first.',
    });
  }
}

/** @throws Problem `invalid-input` for folders that the target cannot give to a replica, or must not */
function requireFolders({ allowedFolders }: ServingConfig, { buildsImages, label }: Pick<Target, 'buildsImages' | 'label'>, home: string): void {
  if (allowedFolders !== undefined && buildsImages) {
    throw new Problem('invalid-input', `A replica of the target ${label} sees no folders of this machine.`, {
      field: 'serving.allowedFolders',
      remedy: 'Log what the model reads with the model, or deploy with --target process.',
    });
  }
  requireAllowedFolders(allowedFolders ?? [], home);
}

/** @throws Problem `invalid-input` for settings that decide nothing together */
function requireOneDecision({ method, threshold, costs }: ServingConfig): void {
  if (threshold !== undefined && costs !== undefined) {
    throw new Problem('invalid-input', 'Thresholds and costs are two ways to decide among classes.', { field: 'serving.costs', remedy: 'Give either --threshold or --costs.' });
  }
  if (method === 'predict_proba' && (threshold ?? costs) !== undefined) {
    throw new Problem('invalid-input', 'Where predict_proba alone is answered, nothing is decided by a threshold or by costs.', {
      field: 'serving.method',
      remedy: 'Give --method both for the label with the probabilities, or --method predict for the label.',
    });
  }
}

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

  /**
   * What the version would break for callers of the live one.
   * @throws Problem `conflict` that names it, unless it was allowed
   */
  const requireKindSignature = ({ live }: EndpointRecord, { name, model, resolved, allowBreaking, strategy }: Plan): readonly string[] => {
    const before = live === undefined ? undefined : releases.facts(live.release) === undefined ? undefined : releases.get(live.release).signature;
    const changes = live === undefined || before === undefined || resolved.signature === undefined ? [] : breakingChanges(before, resolved.signature, live.version);
    if (changes.length > 0 && !allowBreaking && strategy.kind !== 'rehearsal') {
      throw new Problem('conflict', `Version ${resolved.version} of ${model} would break today's callers of ${name}: ${changes.join('; ')}.`, {
        field: 'allowBreaking',
        remedy: 'If the callers know, deploy it with --allow-breaking; else deploy it to an endpoint of its own.',
      });
    }
    return changes;
  };

  const begin = (plan: Plan): RolloutRecord => {
    const { name, model, target, requestedBy, resolved } = plan;
    const existing = endpoints.get(name);
    const replicaCount = plan.replicaCount ?? existing?.replicaCount ?? 1;
    if (existing === undefined) {
      endpoints.create({ name, model, target, replicaCount, createdAt: Date.now() });
    } else {
      requireFitting(existing, plan);
    }
    requireNoRollout(parts, name);
    if (plan.strategy.kind === 'rehearsal' && existing?.live === undefined) {
      throw new Problem('conflict', `${name} has no live release whose requests could be rehearsed.`, { field: 'strategy', remedy: 'Deploy a version first.' });
    }
    const breaking = existing === undefined ? [] : requireKindSignature(existing, plan);
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
      to: undefined,
      requestedBy,
      reason: '',
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
    return created;
  };

  return async (request) => {
    requireOneDecision(request.serving);
    if (request.target !== undefined) {
      requireTarget(request.target);
    }
    const resolved = await registry.resolve(request.model, request.version);
    const strategy = plannedStrategy(policyOf(resolved.name), request);
    requireRising(strategy);
    const target = request.target ?? endpoints.get(request.name)?.target ?? (await targets.byDefault()).kind;
    requireFolders(request.serving, targets.of(target), parts.home);
    const rollout = await reconciler.exclusively(request.name, () => database.transaction(() => begin({ ...request, resolved, target, strategy }))());
    changed(request.name, rollout.id);
    return rollouts.get(rollout.id) ?? rollout;
  };
}
