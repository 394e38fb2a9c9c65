import type { VNode } from 'preact';
import type { LoggedRequest } from '../../server/contract/monitoring.ts';
import { Badge, CopyButton, Failure, LinkButton, Section, Skeleton } from '../ui/blocks.tsx';
import { formatClock, formatTime } from '../ui/format.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatLatency } from '../../server/contract/format/durations.ts';
import { Checkbox } from '../ui/toolkit.ts';
import type { MonitoringStore } from './store.ts';

/** The latest logged requests with their bodies. */
export function Requests({ store }: { readonly store: MonitoringStore }): VNode {
  const requests = store.requests.value.value;
  const failure = store.requests.failure.value;
  return (
    <Section
      title="Latest requests"
      actions={
        <Checkbox
          checked={store.onlyErrors.value}
          onChange={(checked) => {
            store.onlyErrors.value = checked;
          }}
        >
          Only errors
        </Checkbox>
      }
    >
      {failure !== undefined && <Failure what="The requests could not be loaded." failure={failure} onRetry={store.requests.refresh} />}
      {requests === undefined && failure === undefined && <Skeleton rows={4} label="Loading requests" />}
      {requests?.length === 0 && <p class="muted">{store.onlyErrors.value ? 'No logged request failed.' : 'No request bodies are logged.'}</p>}
      <ul class="plain requests">
        {requests?.map((request) => (
          <li key={request.requestId}>
            <details>
              <summary>
                <Badge tone={request.status >= 500 || request.modelError === true ? 'bad' : request.status >= 400 ? 'warning' : 'good'}>{request.status}</Badge>
                <time dateTime={new Date(request.at).toISOString()} title={formatTime(request.at)}>
                  {formatClock(request.at)}
                </time>
                <span class="number request-latency">{formatLatency(request.latencyMs)}</span>
                {request.release !== undefined && <code class="request-release" title={request.release}>{shortDigest(request.release)}</code>}
                {request.modelError === true && <span class="tone-bad nowrap">model raised</span>}
                <span class="request-brief muted">{request.status >= 400 ? request.response : request.request}</span>
              </summary>
              <Body title="Request" text={request.request} request={request} />
              <Body title="Response" text={request.response} request={request} />
              <p class="muted request-id">
                Request id <code>{request.requestId}</code>{' '}
                <LinkButton title="Release, version, run, cell and data that this answer came from" onClick={() => { store.explain(request.requestId); }}>
                  Why this answer?
                </LinkButton>
              </p>
            </details>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Body({ title, text, request }: { readonly title: string; readonly text: string; readonly request: LoggedRequest }): VNode {
  return (
    <div class="body">
      <div class="body-head">
        <span class="label">{title}</span>
        {request.truncated && <Badge tone="warning">cut</Badge>}
        {text !== '' && <CopyButton text={text} label={`Copy ${title.toLowerCase()}`} />}
      </div>
      {text === '' ? <p class="muted">Not logged.</p> : <pre tabIndex={0} aria-label={`${title} body`}>{pretty(text)}</pre>}
    </div>
  );
}

/** JSON with line breaks; anything else as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
