import type { ModelVersion } from '../contract/registry.ts';
import type { Candidates, Production } from '../deployments/candidates.ts';
import type { MonitoringFeature } from '../monitoring/monitoring.ts';

export type { Candidate, Production } from '../deployments/candidates.ts';
export type Progress = (message: string) => void;

/** What gates need of the features below. */
export interface PromotionPorts extends Pick<Candidates, 'package' | 'open'>, Pick<MonitoringFeature, 'trainingDrift'> {
  resolve(model: string, selector: number | string): Promise<ModelVersion>;
  production(model: string): Promise<Production>;
}
