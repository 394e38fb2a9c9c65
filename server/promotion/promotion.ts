import type { DeployFeature } from '../deployments/deployments.ts';
import type { Feature } from '../platform/feature.ts';
import { createGateRuns, type GateRunDependencies } from './gateRuns.ts';
import type { PromotionPorts } from './candidate.ts';
import type { PromotionDependencies } from './promotionDependencies.ts';
import { createPromotions } from './promotions.ts';

interface PromotionFeatureDependencies extends Pick<GateRunDependencies & PromotionDependencies, 'context' | 'policyOf' | 'audit' | 'breakGlass'> {
  readonly resolve: PromotionPorts['resolve'];
  readonly deploy: Pick<DeployFeature, 'candidates' | 'promoting'>;
  readonly trainingDrift: PromotionPorts['trainingDrift'];
}

export interface PromotionFeature {
  readonly all: readonly Feature[];
  running(): boolean;
  /** Digests of releases that wait to go to production. */
  awaited(): readonly string[];
}

/** Gates, and the promotions that want them passed. */
export function createPromotion({ context, resolve, deploy: { candidates, promoting }, trainingDrift, policyOf, audit, breakGlass }: PromotionFeatureDependencies): PromotionFeature {
  const gates = createGateRuns({
    context,
    ports: {
      resolve,
      production: (model) => candidates.production(model, (endpoint) => policyOf(model).isProduction(endpoint)),
      package: (...asked) => candidates.package(...asked),
      open: (...asked) => candidates.open(...asked),
      trainingDrift,
    },
    policyOf,
    audit,
  });
  const promotions = createPromotions({
    context,
    ports: {
      resolve,
      async production(model, endpoint) {
        const production = await candidates.production(model, (name) => (endpoint === undefined ? policyOf(model).isProduction(name) : name === endpoint));
        return { ...production, endpoint: endpoint ?? production.endpoint };
      },
    },
    gates,
    deployments: promoting,
    policyOf,
    audit,
    breakGlass,
  });
  return { all: [gates, promotions], running: () => gates.running() || promotions.running(), awaited: () => promotions.awaited() };
}
