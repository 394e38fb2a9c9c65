import type { VNode } from 'preact';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatShare } from '../../server/contract/format/numbers.ts';
import { describeShadow, type ShadowReport } from '../../server/contract/shadow.ts';
import { RelativeTime, Section } from '../ui/blocks.tsx';
import { AgreementDetails, toleranceText } from './AgreementDetails.tsx';
import { Checks } from './Comparison.tsx';

interface ShadowProps {
  readonly report: ShadowReport;
  readonly fresh: number;
  readonly live: number | undefined;
}

type Times = NonNullable<ShadowReport['latency']>['fresh'];

function times({ p50, p95, p99 }: Times): string {
  return `p50 ${formatDuration(p50)}, p95 ${formatDuration(p95)}, p99 ${formatDuration(p99)}`;
}

/** What a new release did with copies of live requests, whose answers go to nobody. */
export function Shadow({ report, fresh, live }: ShadowProps): VNode {
  const before = live === undefined ? 'live' : `v${live}`;
  const { percent, latency, failure, tolerance, rows, agreed } = report;
  return (
    <Section title={`Shadow: v${fresh}`} note={rows === 0 ? 'nothing compared yet' : `${formatShare(agreed / rows)} alike`}>
      <p>
        {describeShadow(report)}. Copies of {percent}% of the requests since <RelativeTime at={report.since} />; compared are the latest whose bodies the log keeps.{toleranceText(tolerance)}
      </p>
      {failure !== undefined && <p class="tone-bad">The first that failed or was refused: {failure}</p>}
      <Checks checks={report.checks} />
      {latency !== undefined && (
        <p class="muted">
          v{fresh} at its replica: {times(latency.fresh)}. {before}, the same requests at the gateway: {times(latency.live)}.
        </p>
      )}
      <AgreementDetails report={report} fresh={fresh} before={before} />
    </Section>
  );
}
