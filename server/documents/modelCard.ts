import type { Incident } from '../contract/alerts.ts';
import type { EndpointSummary, LiveSpan } from '../contract/deployments.ts';
import { cardStatements, statementTag, type CardStatement, type ModelCard } from '../contract/modelCard.ts';
import type { Verdict } from '../contract/monitoring.ts';
import type { Performance } from '../contract/performance.ts';
import type { ModelVersion, RegisteredModel } from '../contract/registry.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { CallContext, OutputText } from '../platform/http/implement.ts';

/** What documents ask of the features that know it. */
export interface DocumentSources {
  readonly audit: AuditLog;
  /** Writes tags of a version. @throws Problem `not-found` */
  tagVersion(name: string, version: number, tags: Readonly<Record<string, string>>): Promise<void>;
  /** @throws Problem `not-found` */
  version(name: string, version: number): Promise<ModelVersion>;
  endpoints(): readonly EndpointSummary[];
  /** When versions of a model were live. */
  liveSpans(model: string): readonly LiveSpan[];
  traffic(endpoint: string, from: number, to: number): { readonly requests: number; readonly serverErrors: number };
  /** Undefined where nothing was counted yet. */
  verdict(endpoint: string, from: number, to: number): Promise<Verdict | undefined>;
  performance(endpoint: string, from: number, to: number, windows: number): Promise<Performance>;
  /** Every registered model with its versions. */
  models(call: CallContext): { models: RegisteredModel[] } | OutputText | Promise<{ models: RegisteredModel[] } | OutputText>;
  hasLabels(endpoint: string): boolean;
  /** How many alert channels there are. */
  channels(): number;
  /** Owners of a model by its policy. */
  owners(model: string): readonly string[];
  /** The newest first, resolved ones too. */
  incidents(endpoint: string): readonly Incident[];
}

/** What a card looks back at. */
const cardDays = 30;
const dayMilliseconds = 86_400_000;

function statementsOf({ tags }: ModelVersion): ModelCard['statements'] {
  const names = Object.keys(cardStatements) as CardStatement[];
  return Object.fromEntries(names.flatMap((name) => ((tags[statementTag(name)] ?? '') === '' ? [] : [[name, tags[statementTag(name)]]])));
}

/** Collects what a card of a version says; what is not there stays absent, and is told as such where the card is written. */
export async function collectModelCard(name: string, number: number, sources: DocumentSources, now = Date.now()): Promise<ModelCard> {
  const version = await sources.version(name, number);
  const from = now - cardDays * dayMilliseconds;
  const live = sources.endpoints().filter((endpoint) => endpoint.model === name && endpoint.liveVersion === number && endpoint.liveServer === version.server);
  const watched = live.map(async ({ name: endpoint, liveRelease }) => {
    const [verdict, performance] = await Promise.all([sources.verdict(endpoint, now - dayMilliseconds, now), sources.performance(endpoint, from, now, 1)]);
    const { requests, serverErrors } = sources.traffic(endpoint, from, now);
    return {
      endpoint,
      from,
      to: now,
      requests,
      errors: serverErrors,
      verdict: verdict === undefined ? null : { kind: verdict.kind, sentence: verdict.sentence, advice: verdict.advice },
      performance: performance.releases.find(({ release }) => release === liveRelease)?.part ?? null,
      incidents: [...sources.incidents(endpoint)],
    };
  });
  return {
    madeAt: now,
    version,
    statements: statementsOf(version),
    served: sources
      .liveSpans(name)
      .filter((span) => span.modelVersion === number && span.server === version.server)
      .map(({ endpoint, release, liveFrom, liveUntil }) => ({ endpoint, release, from: liveFrom, ...(liveUntil === undefined ? {} : { until: liveUntil }) })),
    watched: await Promise.all(watched),
  };
}
