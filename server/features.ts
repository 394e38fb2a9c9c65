import type { Router } from 'express';
import type { CompanionContext } from './context.ts';
import type { Feature } from './feature.ts';
import { createAuditFeature } from './governance/auditFeature.ts';

export interface Features {
  readonly all: readonly Feature[];
  /** The MLflow REST surface, mounted at the root (`/api/2.0/mlflow/...`). */
  readonly mlflow: Router | undefined;
  /** Endpoints that keep the companion up. */
  activeEndpoints(): number;
  /** Stops every endpoint's replicas and the gateway. */
  stopEndpoints(): Promise<void>;
}

/** Puts the features together, each with those below it: deploy -> releases -> registry -> tracking. */
export function composeFeatures(context: CompanionContext, settings: Feature): Features {
  const audit = createAuditFeature(context);
  return {
    all: [settings, audit],
    mlflow: undefined,
    activeEndpoints: () => 0,
    stopEndpoints: () => Promise.resolve(),
  };
}
