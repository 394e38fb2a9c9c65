import { breakingChanges } from '../../contract/breakingChanges.ts';
import { sharesOf, type Strategy } from '../../contract/deployments.ts';
import type { ModelVersion } from '../../contract/registry.ts';
import type { ServingConfig } from '../../contract/servingConfig.ts';
import { Problem } from '../../platform/errors.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import type { Releases } from '../replicas/ports.ts';
import { requireAllowedFolders } from '../targets/allowedFolders.ts';
import type { Target } from '../targets/target.ts';
import type { DeployPlan, DeployRequest } from './deployRequest.ts';

export function requireRising(strategy: Strategy): void {
  const shares = sharesOf(strategy);
  if (shares.some((step, index) => step <= (shares[index - 1] ?? 0))) {
    throw new Problem('invalid-input', `The shares of a canary have to rise: ${shares.join(', ')}.`, { field: 'strategy.steps' });
  }
}

/** Refuses an endpoint that is going away, or that serves another model. */
export function requireFitting(existing: EndpointRecord, { name, model }: DeployRequest): void {
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
export function requireFolders({ allowedFolders }: ServingConfig, { buildsImages, label }: Pick<Target, 'buildsImages' | 'label'>, home: string): void {
  if (allowedFolders !== undefined && buildsImages) {
    throw new Problem('invalid-input', `A replica of the target ${label} sees no folders of this machine.`, {
      field: 'serving.allowedFolders',
      remedy: 'Log what the model reads with the model, or deploy with --target process.',
    });
  }
  requireAllowedFolders(allowedFolders ?? [], home);
}

/** @throws Problem `invalid-input` for settings that decide nothing together */
export function requireOneDecision({ method, threshold, costs }: ServingConfig): void {
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

/** @throws Problem `conflict` for a rehearsal on an endpoint that serves nothing */
export function requireRehearsable(existing: EndpointRecord | undefined, { name, strategy }: { readonly name: string; readonly strategy: Strategy }): void {
  if (strategy.kind === 'rehearsal' && existing?.live === undefined) {
    throw new Problem('conflict', `${name} has no live release whose requests could be rehearsed.`, { field: 'strategy', remedy: 'Deploy a version first.' });
  }
}

/** What a version would break for callers of the live one, in words; empty where they would not notice, or nothing is live. */
export function breakingFor(existing: EndpointRecord | undefined, { signature }: ModelVersion, releases: Pick<Releases, 'facts' | 'get'>): readonly string[] {
  const live = existing?.live;
  const before = live === undefined || releases.facts(live.release) === undefined ? undefined : releases.get(live.release).signature;
  return live === undefined || before === undefined || signature === undefined ? [] : breakingChanges(before, signature, live.version);
}

/** @throws Problem `conflict` that names what would break, unless it was allowed or the version gets no traffic */
export function requireKindSignature(changes: readonly string[], { name, model, resolved, allowBreaking, strategy }: Pick<DeployPlan, 'name' | 'model' | 'resolved' | 'allowBreaking' | 'strategy'>): void {
  if (changes.length > 0 && !allowBreaking && strategy.kind !== 'rehearsal') {
    throw new Problem('conflict', `Version ${resolved.version} of ${model} would break today's callers of ${name}: ${changes.join('; ')}.`, {
      field: 'allowBreaking',
      remedy: 'If the callers know, deploy it with --allow-breaking; else deploy it to an endpoint of its own.',
    });
  }
}
