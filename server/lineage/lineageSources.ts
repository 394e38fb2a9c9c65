import type { EndpointSummary } from '../contract/deployments.ts';
import type { LoggedRequest } from '../contract/monitoring.ts';
import type { ModelVersion, RegisteredModel } from '../contract/registry.ts';
import type { Release } from '../contract/releases.ts';
import type { Run } from '../contract/tracking.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { CallContext, OutputText } from '../platform/http/implement.ts';

/** What lineage asks of the features that keep what it puts together. */
export interface LineageSources {
  readonly audit: AuditLog;
  /** @throws Problem `not-found` for one that is gone */
  release(digest: string): Release;
  /** @throws Problem `not-found` */
  version(name: string, version: number, server: string | undefined): Promise<ModelVersion>;
  models(call: CallContext): { models: RegisteredModel[] } | OutputText | Promise<{ models: RegisteredModel[] } | OutputText>;
  run(runId: string, call: CallContext): Run | OutputText | Promise<Run | OutputText>;
  request(id: string, endpoint: string | undefined): Promise<{ readonly endpoint: string; readonly request: LoggedRequest; readonly scores: readonly number[] | undefined } | undefined>;
  endpoints(): readonly EndpointSummary[];
}
