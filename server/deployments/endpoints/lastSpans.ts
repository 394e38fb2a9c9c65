import type { LiveSpanRecord } from './endpointTable.ts';

/** The release that is live, and the one before it. */
export interface LastSpans {
  readonly live: LiveSpanRecord | undefined;
  readonly before: LiveSpanRecord | undefined;
}

/** @param spans of one endpoint, the newest first */
export function lastSpans(spans: readonly LiveSpanRecord[]): LastSpans {
  const live = spans.find(({ until }) => until === undefined);
  return { live, before: spans.find(({ release }) => release !== live?.release) };
}
