import type { DeployPreview, DeployRefusal, ForeseenEnvironment } from '../../contract/deployPreview.ts';
import { formatDuration } from '../../contract/format/durations.ts';
import { plural } from '../../contract/format/plural.ts';
import { Problem } from '../../platform/errors.ts';
import type { ForeseenRelease } from '../../releases/foreseeRelease.ts';
import { answererOf } from '../../releases/recordedExample.ts';
import { liveAlias } from '../rollouts/outcomes.ts';
import { plannedSteps } from '../rollouts/progression.ts';
import { requireDisk } from '../rollouts/steps/preflight.ts';
import { describeTarget, requireTarget } from '../targets/targets.ts';
import type { Target } from '../targets/target.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import { breakingFor, requireFitting, requireFolders, requireKindSignature, requireOneDecision, requireRehearsable, requireRising } from './deployChecks.ts';
import type { DeployPlan, DeployRequest } from './deployRequest.ts';
import { requireNoRollout, type OrderDependencies } from './order.ts';
import { plannedStrategy } from './plannedStrategy.ts';
import { requirePromotion } from './requirePromotion.ts';

/** Collects what checks refuse, so that all of it is told at once. */
class Refusals {
  readonly all: DeployRefusal[] = [];

  add({ reason, message, field, remedy }: Problem): void {
    this.all.push({ reason, message, ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) });
  }

  /** What a check gives; undefined where it refuses. */
  async of<T>(check: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await check();
    } catch (error) {
      if (!Problem.is(error)) {
        throw error;
      }
      this.add(error);
      return undefined;
    }
  }
}

type PreviewDependencies = Pick<OrderDependencies, 'parts' | 'policyOf'>;

/**
 * Makes what says what a deploy would come to: by the checks of a deploy and of the beginning of its rollout, without writing anything.
 * @throws Problem `not-found` for a model, a version or a target that is not there
 */
export function createDeployPreview({ parts, policyOf }: PreviewDependencies): (request: DeployRequest, signal: AbortSignal) => Promise<DeployPreview> {
  const { endpoints, registry, releases, targets } = parts;

  /** By the policy where the deploy says otherwise: that is what a deploy that is taken would do. */
  const strategyOf = async (request: DeployRequest, model: string, refusals: Refusals): Promise<Pick<DeployPreview, 'strategyFrom'> & Pick<DeployPlan, 'strategy'>> => {
    const policy = policyOf(model);
    const strategy = (await refusals.of(() => plannedStrategy(policy, request))) ?? plannedStrategy(policy, { ...request, strategy: undefined });
    await refusals.of(() => requireRising(strategy));
    return { strategy, strategyFrom: strategy === request.strategy ? 'deploy' : policy.isProduction(request.name) && policy.rollout !== undefined ? 'policy' : 'default' };
  };

  const foresee = async ({ resolved, serving }: DeployPlan, target: Target, refusals: Refusals, signal: AbortSignal): Promise<ForeseenRelease | undefined> => {
    const foreseen = await refusals.of(() => releases.foresee({ model: resolved.name, version: resolved.version, serving, forImage: target.buildsImages }, signal));
    for (const problem of foreseen?.problems ?? []) {
      refusals.add(problem);
    }
    return foreseen;
  };

  return async (request, signal) => {
    if (request.target !== undefined) {
      requireTarget(request.target);
    }
    const resolved = await registry.resolve(request.model, request.version);
    const existing = endpoints.get(request.name);
    const target = targets.of(request.target ?? existing?.target ?? (await targets.byDefault()).kind);
    const refusals = new Refusals();
    await refusals.of(() => requireOneDecision(request.serving));
    const { strategy, strategyFrom } = await strategyOf(request, resolved.name, refusals);
    await refusals.of(() => requirePromotion(policyOf(resolved.name), request, resolved));
    await refusals.of(() => requireFolders(request.serving, target, parts.home));
    const plan: DeployPlan = { ...request, resolved, target: target.kind, strategy };
    const fits = existing === undefined || (await refusals.of(() => { requireFitting(existing, request); return true; })) === true;
    if (existing !== undefined) {
      await refusals.of(() => requireNoRollout(parts, request.name));
    }
    await refusals.of(() => requireRehearsable(existing, plan));
    const breaking = fits ? breakingFor(existing, resolved, releases) : [];
    await refusals.of(() => requireKindSignature(breaking, plan));
    await refusals.of(() => requireDisk(parts.home));
    await refusals.of(() => void parts.secrets.of(request.serving));
    const status = await target.status();
    if (!status.available) {
      refusals.add(new Problem('unavailable', status.detail));
    }
    const foreseen = resolved.server === undefined ? await foresee(plan, target, refusals, signal) : undefined;
    const live = fits ? existing?.live : undefined;
    const digest = foreseen?.resolved?.digest;
    const whyUnknown = resolved.server === undefined ? 'The version cannot be served.' : `The files of the version are on ${resolved.server}; a deploy fetches them.`;
    const replicaCount = request.replicaCount ?? existing?.replicaCount ?? 1;
    return {
      endpoint: request.name,
      model: resolved.name,
      version: resolved.version,
      ...(resolved.server === undefined ? {} : { server: resolved.server }),
      target: target.kind,
      targetLabel: target.label,
      replicaCount,
      ...(live === undefined ? {} : { live: { release: live.release, modelVersion: live.version } }),
      ...(digest === undefined ? {} : { release: digest }),
      known: digest !== undefined && releases.facts(digest) !== undefined,
      environment: foreseen === undefined ? { kind: 'not-resolved', why: whyUnknown } : await environmentOf(foreseen, status.available ? target : undefined, signal),
      breaking: [...breaking],
      consequences: consequencesOf(plan, { existing: fits ? existing : undefined, replicaCount, foreseen, live: live !== undefined && releases.facts(live.release) !== undefined ? releases.get(live.release) : undefined }),
      differences: live === undefined || foreseen === undefined || releases.facts(live.release) === undefined ? [] : await releases.compareForeseen(live.release, foreseen),
      strategy,
      strategyFrom,
      steps: plannedSteps(strategy, live !== undefined && live.release !== digest).map(({ id, label }) => ({ id, label })),
      refusals: refusals.all,
    };
  };
}

/** @param target undefined where it does not answer: then an environment counts as one that has to be built */
async function environmentOf({ resolved, unresolved = '' }: ForeseenRelease, target: Target | undefined, signal: AbortSignal): Promise<ForeseenEnvironment> {
  if (resolved === undefined) {
    return { kind: 'not-resolved', why: unresolved };
  }
  const { sha256, python, packages } = resolved.environment;
  return { kind: (await target?.hasEnvironment(resolved.environment, signal)) === true ? 'reused' : 'built', sha256, python, packages: packages.length };
}

interface Standing {
  readonly existing: EndpointRecord | undefined;
  readonly replicaCount: number;
  readonly foreseen: ForeseenRelease | undefined;
  /** The live release; undefined where nothing is live, or it is gone. */
  readonly live: Parameters<typeof answererOf>[0] | undefined;
}

function consequencesOf({ name, resolved, target, strategy }: DeployPlan, { existing, replicaCount, foreseen, live }: Standing): string[] {
  const replicas = plural(replicaCount, 'replica');
  const { label } = describeTarget(target);
  const digest = foreseen?.resolved?.digest;
  if (strategy.kind === 'rehearsal') {
    return [`${name} stays as it is: version ${resolved.version} answers ${strategy.rehearse} recorded requests at most, outside of the traffic.`];
  }
  if (existing?.live === undefined) {
    return [`${existing === undefined ? `${name} is created` : `${name}, which serves nothing, gets its first release`}, with ${replicas} on ${label}.`, aliasText(resolved)];
  }
  const moves = [
    ...(existing.desired === 'stopped' ? [`${name} is stopped, and is started.`] : []),
    ...(existing.target === target ? [] : [`Its replicas run on ${label} instead of ${describeTarget(existing.target).label}.`]),
    ...(existing.replicaCount === replicaCount ? [] : [`It has ${replicas} instead of ${existing.replicaCount}.`]),
  ];
  if (digest === existing.live.release && existing.target === target) {
    return ['The release is live already: no traffic moves.', ...moves];
  }
  const answers = live === undefined || foreseen === undefined ? [] : [answererOf(live) === answererOf(foreseen.content) ? 'Answers stay the same: neither the model nor what decides with it changes.' : live.model.digest === foreseen.content.model.digest ? 'The same model decides otherwise.' : 'Another model answers.'];
  const watched = strategy.watchSeconds === 0 ? [] : [`For ${formatDuration(strategy.watchSeconds * 1000)} after the switch it goes back by itself when requests fail.`];
  const copied = strategy.shadow === undefined ? [] : [`Before it gets traffic, version ${resolved.version} answers copies of ${strategy.shadow.percent}% of the requests, to nobody.`];
  return [...answers, ...moves, ...copied, `Version ${existing.live.version} stays warm, for a rollback at once.`, ...watched, aliasText(resolved)];
}

function aliasText({ version }: DeployPlan['resolved']): string {
  return `@${liveAlias} names version ${version} once that has all the traffic.`;
}
