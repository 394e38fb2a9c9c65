import type { VNode } from 'preact';
import { isUnderWay } from '../../server/contract/deployments.ts';
import type { Monitoring } from '../../server/contract/monitoring.ts';
import { Badge, Section } from '../ui/blocks.tsx';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatLatency } from '../../server/contract/format/durations.ts';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import type { MonitoringStore } from './store.ts';

interface ReleaseSplitProps {
  readonly store: MonitoringStore;
  readonly data: Monitoring;
}

/** The same figures by release, so that a canary can be told from the live one; nothing where the live one alone served. */
export function ReleaseSplit({ store, data }: ReleaseSplitProps): VNode | null {
  const endpoint = store.endpoint.value;
  if (endpoint === undefined || data.releases.every(({ release }) => release === endpoint.liveRelease)) {
    return null;
  }
  const { rollout } = endpoint;
  const rolling = rollout !== undefined && isUnderWay(rollout);
  return (
    <Section title="By release">
      <div class="table-scroll by-release" role="region" aria-label="Traffic by release" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Release</th>
              <th scope="col" class="number">Requests</th>
              <th scope="col" class="number by-release-more">Share</th>
              <th scope="col" class="number">Errors</th>
              <th scope="col" class="number by-release-more">p50</th>
              <th scope="col" class="number">p99</th>
            </tr>
          </thead>
          <tbody>
            {data.releases.map(({ release, modelVersion, total }) => {
              const errors = total.clientErrors + total.serverErrors;
              return (
                <tr key={release}>
                  <th scope="row" class="nowrap">
                    {modelVersion !== undefined && <>v{modelVersion} </>}
                    <code title={release}>{shortDigest(release)}</code>{' '}
                    {release === endpoint.liveRelease && <Badge tone="good">live</Badge>}
                    {rolling && release === rollout.to && release !== endpoint.liveRelease && <Badge tone="warning">{rollout.strategy.kind === 'canary' ? `canary ${rollout.weight}%` : 'new'}</Badge>}
                  </th>
                  <td class="number">{total.lost === null ? formatNumber(total.requests) : `${formatNumber(total.requests)} + ${formatNumber(total.lost.requests)} not logged`}</td>
                  <td class="number by-release-more">{data.total.requests === 0 ? '' : formatShare(total.requests / data.total.requests)}</td>
                  <td class={total.serverErrors > 0 ? 'number tone-bad' : 'number'}>{total.requests === 0 ? '' : formatShare(errors / total.requests)}</td>
                  <td class="number by-release-more">{total.latency === null ? '' : formatLatency(total.latency.p50)}</td>
                  <td class="number">{total.latency === null ? '' : formatLatency(total.latency.p99)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
