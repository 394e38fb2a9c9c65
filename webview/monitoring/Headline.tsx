import type { VNode } from 'preact';
import type { Monitoring } from '../../server/contract/monitoring.ts';
import { Icon } from '../ui/blocks.tsx';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { formatLatency } from '../../server/contract/format/durations.ts';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';

/** The figures that one looks at first. */
export function Headline({ data }: { readonly data: Monitoring }): VNode {
  const { total, log } = data;
  const errors = total.clientErrors + total.serverErrors;
  const errorRate = total.requests === 0 ? 0 : errors / total.requests;
  const latency = (value: number | undefined): string => (value === undefined ? '–' : formatLatency(value));
  const figures = [
    { label: 'Requests', value: formatNumber(total.requests), detail: `${formatNumber(total.rows)} rows`, bad: false },
    {
      label: 'Errors',
      value: formatShare(errorRate),
      detail: errors === 0 ? 'none' : [total.clientErrors > 0 ? `${formatNumber(total.clientErrors)} refused` : '', total.serverErrors > 0 ? `${formatNumber(total.serverErrors)} failed` : ''].filter((part) => part !== '').join(', '),
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
      {log.dropped > 0 && (
        <p class="tone-warning">
          <Icon name="warning" /> {formatNumber(log.dropped)} requests were served but not logged: these figures miss them.
        </p>
      )}
      {total.unreadBodies > 0 && (
        <p class="muted">
          {formatNumber(total.unreadBodies)} {total.unreadBodies === 1 ? 'request is' : 'requests are'} counted here but in no feature below: bodies over 1 MiB or of an unknown form are not read.
        </p>
      )}
      {log.unreadBytes > 1024 * 1024 && <p class="muted">{formatBytes(log.unreadBytes)} of the inference log are still being read.</p>}
    </>
  );
}
