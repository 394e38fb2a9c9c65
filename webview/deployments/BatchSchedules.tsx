import type { VNode } from 'preact';
import type { BatchSchedule } from '../../server/contract/batches.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Task } from '../ui/actions.ts';
import { Badge, Failure, LinkButton, RelativeTime, Section } from '../ui/blocks.tsx';
import type { ReleasesStore } from './store.ts';

/** Files that are scored again and again by what the endpoint serves. Nothing where there are none. */
export function BatchSchedules({ store, task }: { readonly store: ReleasesStore; readonly task: Task }): VNode | null {
  const { value, failure } = store.schedules;
  const schedules = value.value;
  if (schedules === undefined || schedules.length === 0) {
    return failure.value === undefined ? null : <Failure what="The scheduled batches could not be loaded." failure={failure.value} onRetry={store.schedules.reset} />;
  }
  return (
    <Section title="Scheduled batches" note={plural(schedules.length, 'schedule')}>
      <div class="table-scroll schedules" role="region" aria-label="Table of scheduled batches" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Times</th>
              <th scope="col">Next</th>
              <th scope="col" class="schedule-more">
                Files
              </th>
              <th scope="col">Output</th>
              <th scope="col">Last</th>
              <th scope="col">
                <span class="sr-only">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {schedules.map((one) => (
              <ScheduleRow key={one.id} one={one} store={store} task={task} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function ScheduleRow({ one, store, task }: { readonly one: BatchSchedule; readonly store: ReleasesStore; readonly task: Task }): VNode {
  const { id, schedule, timeZone, inputs, out, last, nextAt, paused } = one;
  const change = (how: 'pause' | 'resume' | 'remove'): void => task.run(() => store.schedules.change(id, how));
  return (
    <tr>
      <th scope="row" class="nowrap" title={timeZone}>
        <code>{schedule}</code>
      </th>
      <td class="nowrap">{nextAt === undefined ? <Badge tone="warning">paused</Badge> : formatTime(nextAt)}</td>
      <td class="schedule-more" title={inputs.join('\n')}>
        {nameOf(inputs[0] ?? '')}
        {inputs.length > 1 && <span class="muted"> and {inputs.length - 1} more</span>}
      </td>
      <td title={out}>{nameOf(out)}</td>
      <td>
        {last === undefined ? (
          <span class="muted">not yet</span>
        ) : (
          <>
            <RelativeTime at={last.at} /> {last.failure === undefined ? <span class="muted">batch {last.batch}</span> : <div class="schedule-failure">{last.failure}</div>}
          </>
        )}
      </td>
      <td class="nowrap">
        <LinkButton title={`${paused ? 'Resume' : 'Pause'} ${schedule} into ${nameOf(out)}`} onClick={() => { change(paused ? 'resume' : 'pause'); }}>
          {paused ? 'Resume' : 'Pause'}
        </LinkButton>{' '}
        <LinkButton title={`Remove ${schedule} into ${nameOf(out)}`} onClick={() => { change('remove'); }}>
          Remove
        </LinkButton>
      </td>
    </tr>
  );
}

/** The last part of a path of whatever system. */
function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
