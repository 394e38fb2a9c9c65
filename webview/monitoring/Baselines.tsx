import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { describeTaken } from '../../server/contract/format/baselines.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { useTask } from '../ui/actions.ts';
import { Badge, Failure, RelativeTime, Section, Skeleton, ToolButton } from '../ui/blocks.tsx';
import type { BaselineStore, ComparedBaselines } from './baselineStore.ts';
import { summaryText } from './summaries.ts';

/** What live requests are compared with: source and rows of each, choose another one, compare two, take a new one. */
export function Baselines({ baselines }: { readonly baselines: BaselineStore }): VNode {
  const task = useTask();
  const compared = useSignal<ComparedBaselines | undefined>(undefined);
  const found = baselines.all.value.value;
  const failure = baselines.all.failure.value;
  const inForce = found?.find(({ isChosen }) => isChosen);
  return (
    <Section
      title="Baseline"
      note={inForce === undefined ? (found === undefined ? undefined : 'no baseline') : describeTaken(inForce)}
      actions={<ToolButton icon="add" label="Take a baseline" text disabled={task.running.value} onClick={() => { task.run(baselines.take); }} />}
    >
      {failure !== undefined && <Failure what="The baselines could not be loaded." failure={failure} onRetry={baselines.all.refresh} />}
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      {found === undefined && failure === undefined && <Skeleton rows={2} label="Loading baselines" />}
      {found?.length === 0 && (
        <p class="muted">
          Live requests are compared with nothing: no training rows are known. Take a data file, a time of live traffic or SageMaker's statistics, or give the rows with <code>slipway.register(…, data=)</code>.
        </p>
      )}
      {found !== undefined && found.length > 0 && (
        <ul class="baselines" aria-label="Baselines">
          {found.map((each) => (
            <li key={each.id}>
              <span>
                {describeTaken(each)} {each.isChosen && <Badge tone="good">compared with</Badge>}
                <span class="muted">
                  {' '}
                  {each.columns} columns, taken <RelativeTime at={each.takenAt} />
                </span>
              </span>
              {!each.isChosen && (
                <span class="panel-actions">
                  <ToolButton icon="diff" label={`Compare with ${describeTaken(each)}`} disabled={task.running.value} onClick={() => { task.run(async () => { compared.value = await baselines.compare(each.id); }); }} />
                  <ToolButton icon="check" label={`Use ${describeTaken(each)}`} disabled={task.running.value} onClick={() => { task.run(() => baselines.choose(each.id)); }} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {compared.value !== undefined && <Comparison {...compared.value} />}
    </Section>
  );
}

function Comparison({ one, other, columns }: ComparedBaselines): VNode {
  return (
    <table class="table" aria-label="Compared baselines">
      <thead>
        <tr>
          <th>Column</th>
          <th>{describeTaken(one)}</th>
          <th>{describeTaken(other)}</th>
          <th class="number" title="The Kolmogorov-Smirnov distance of numbers, the total variation distance of categories: 0 for none, 1 for nothing in common">Distance</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ name, one: before, other: after, distance, reason }) => (
          <tr key={name}>
            <td>{name}</td>
            <td>{summaryText(before)}</td>
            <td>{summaryText(after)}</td>
            <td class="number">{distance === null ? <span class="muted">{reason}</span> : formatNumber(distance, 3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
