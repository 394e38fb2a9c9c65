import type { VNode } from 'preact';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatShare } from '../../server/contract/format/numbers.ts';
import { describeRehearsal, type RehearsalReport } from '../../server/contract/rehearsal.ts';
import { RelativeTime, Section } from '../ui/blocks.tsx';
import { AgreementDetails, toleranceText } from './AgreementDetails.tsx';

interface RehearsalProps {
  readonly report: RehearsalReport;
  readonly fresh: number;
  readonly live: number | undefined;
}

/** What a new release answered to recorded requests of the live one, outside of the traffic. */
export function Rehearsal({ report, fresh, live }: RehearsalProps): VNode {
  const before = live === undefined ? 'live' : `v${live}`;
  const { latency, failure, tolerance } = report;
  return (
    <Section title={`Rehearsal of v${fresh}`} note={formatShare(report.rows === 0 ? 0 : report.agreed / report.rows)}>
      <p>
        {describeRehearsal(report)}. Recorded from <RelativeTime at={report.from} /> on; a sample by the hash of their ids.
        {toleranceText(tolerance)}
      </p>
      {failure !== undefined && <p class="tone-bad">The first that failed: {failure}</p>}
      {latency !== undefined && (
        <p class="muted">
          v{fresh} at its replica: p50 {formatDuration(latency.fresh.p50)}, p95 {formatDuration(latency.fresh.p95)}, p99 {formatDuration(latency.fresh.p99)}. {before} as recorded at the gateway: p50 {formatDuration(latency.live.p50)}, p95{' '}
          {formatDuration(latency.live.p95)}, p99 {formatDuration(latency.live.p99)}.
        </p>
      )}
      <AgreementDetails report={report} fresh={fresh} before={before} />
    </Section>
  );
}
