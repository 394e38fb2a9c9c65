import type { VNode } from 'preact';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import type { Monitoring, TrafficWindow } from '../../server/contract/monitoring.ts';
import { Icon } from '../ui/blocks.tsx';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { formatLatency } from '../../server/contract/format/durations.ts';
import { describeLost, remedyOf } from '../../server/contract/format/losses.ts';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { headlineFigures } from './headlineFigures.ts';

interface HeadlineProps {
  readonly data: Monitoring;
  readonly endpoint: EndpointSummary | undefined;
}

/** Rows are known of what was logged. */
function rowsKnown({ rows, lost }: TrafficWindow): string {
  const known = `${formatNumber(rows)} rows`;
  return lost === null ? known : `${known} logged, ${plural(lost.requests, 'request')} not`;
}

/** The figures that one looks at first: those of the live release. */
export function Headline({ data, endpoint }: HeadlineProps): VNode {
  const { log } = data;
  const { total, elsewhere, unserved } = headlineFigures(data, endpoint?.liveRelease);
  const errors = total.clientErrors + total.serverErrors;
  const { lost } = total;
  const latency = (value: number | undefined): string => (value === undefined ? '–' : formatLatency(value));
  const figures = [
    { label: 'Requests', value: formatNumber(total.requests + (lost?.requests ?? 0)), detail: rowsKnown(total), bad: false },
    {
      label: 'Errors',
      value: total.requests === 0 ? '–' : formatShare(errors / total.requests),
      detail: total.requests === 0 ? 'no requests' : errors === 0 ? 'none' : [total.clientErrors > 0 ? `${formatNumber(total.clientErrors)} refused` : '', total.serverErrors > 0 ? `${formatNumber(total.serverErrors)} failed` : ''].filter((part) => part !== '').join(', '),
      bad: total.serverErrors > 0,
    },
    { label: 'Latency p50', value: latency(total.latency?.p50), detail: `p90 ${latency(total.latency?.p90)}`, bad: false },
    { label: 'Latency p99', value: latency(total.latency?.p99), detail: `max ${latency(total.latency?.max)}`, bad: false },
  ];
  return (
    <>
      <dl class="figures">
        {figures.map(({ label, value, detail, bad }) => (
          <div key={label} class="figure">
            <dt>{label}</dt>
            <dd class={bad ? 'figure-value tone-bad' : 'figure-value'}>{value}</dd>
            <dd class="figure-detail muted">{detail}</dd>
          </div>
        ))}
      </dl>
      {elsewhere > 0 && (
        <p class="muted">
          Of version {endpoint?.liveVersion}, which is live. {plural(elsewhere, 'request')} of this span went to other releases: see By release.
        </p>
      )}
      {unserved > 0 && (
        <p class="tone-bad">
          <Icon name="error" /> {plural(unserved, 'request')} got no answer of a replica: none was running.
        </p>
      )}
      {data.total.lost !== null && (
        <p class="tone-warning">
          <Icon name="warning" /> {describeLost(data.total.lost)}: the other figures, the features and the predictions miss them.
        </p>
      )}
      {log.failure !== undefined && (
        <p class="tone-bad">
          <Icon name="error" /> Requests are answered and not logged: {log.failure}. {remedyOf(log.failure)}
        </p>
      )}
      {data.total.unreadBodies > 0 && (
        <p class="muted">
          {formatNumber(data.total.unreadBodies)} {data.total.unreadBodies === 1 ? 'request is' : 'requests are'} counted here but in no feature below: bodies over 1 MiB or of an unknown form are not read.
        </p>
      )}
      {log.unreadBytes > 1024 * 1024 && <p class="muted">{formatBytes(log.unreadBytes)} of the inference log are still being read.</p>}
    </>
  );
}
