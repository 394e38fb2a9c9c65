import type { VNode } from 'preact';
import { isolationsOf, versionOf, type EndpointSummary, type ReplicaState } from '../../server/contract/deployments.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { Badge, LinkButton, RelativeTime, type Tone } from '../ui/blocks.tsx';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';

const tones: Readonly<Record<ReplicaState, Tone>> = { starting: 'accent', ready: 'good', unhealthy: 'warning', paused: 'neutral', stopped: 'neutral', failed: 'bad' };

/** The model servers behind an endpoint. */
export function Replicas({ endpoint, task }: { readonly endpoint: EndpointSummary; readonly task: Task }): VNode {
  const actions = useActions();
  if (endpoint.replicas.length === 0) {
    return <p class="muted">No replica runs.</p>;
  }
  return (
    <>
      <div class="table-scroll replicas" role="region" aria-label="Table of replicas" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Replica</th>
              <th scope="col" class="replica-release">
                Release
              </th>
              <th scope="col">State</th>
              <th scope="col" class="replica-more">
                Address
              </th>
              <th scope="col" class="replica-started">
                Started
              </th>
              <th scope="col" class="number replica-more">
                Ready after
              </th>
              <th scope="col" class="number replica-more">
                Restarts
              </th>
              <th scope="col">
                <span class="sr-only">Logs</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {endpoint.replicas.map((replica) => {
              const version = versionOf(endpoint, replica.release);
              return (
                <tr key={replica.id}>
                  <th scope="row">
                    <code title={replica.handleLabel === undefined ? replica.id : `${replica.id}\n${replica.handleLabel}`}>{shortDigest(replica.id)}</code>
                  </th>
                  <td class="nowrap replica-release">
                    {version !== undefined && <>v{version} </>}
                    <code title={replica.release}>{shortDigest(replica.release)}</code>
                  </td>
                  <td>
                    <Badge tone={lookUp(tones, replica.state) ?? 'neutral'}>{replica.state}</Badge>
                    {replica.message !== undefined && replica.message !== '' && <div class="muted">{replica.message}</div>}
                  </td>
                  <td class="replica-more">{replica.addresses.map((address) => <code key={address}>{address}</code>)}</td>
                  <td class="nowrap replica-started">
                    <RelativeTime at={replica.startedAt} />
                  </td>
                  <td class="number replica-more">{replica.readyAt === undefined ? '' : formatDuration(replica.readyAt - replica.startedAt)}</td>
                  <td class="number replica-more">{replica.restarts}</td>
                  <td>
                    <LinkButton title={`Show the logs of replica ${replica.id}`} onClick={() => { task.run(() => actions.command('slipway.showLogs', { endpoint: endpoint.name, replica: replica.id })); }}>
                      Logs
                    </LinkButton>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {isolationsOf(endpoint).map((isolation) => (
        <p key={isolation} class="muted isolation">
          Isolation – {isolation}
        </p>
      ))}
    </>
  );
}
