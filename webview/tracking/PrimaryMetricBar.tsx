import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import type { Task } from '../ui/actions.ts';
import { ToolButton } from '../ui/blocks.tsx';
import { Dropdown } from '../ui/toolkit.ts';
import type { Field } from './field.ts';
import { naturally } from './ranks.ts';
import { primaryText } from './PrimaryCell.tsx';
import type { CompareStore } from './store.ts';

/** The choice that leaves the primary metric to the names of metrics. */
const byItself = '';

const directions = {
  lower: { icon: 'arrow-down', label: 'Lower is better', next: 'higher' },
  higher: { icon: 'arrow-up', label: 'Higher is better', next: 'none' },
  none: { icon: 'dash', label: 'No value is better', next: 'lower' },
} as const;

/** By which metric the runs are judged, which run is the best by it, and which one the others are compared with. */
export function PrimaryMetricBar({ store, task }: { readonly store: CompareStore; readonly task: Task }): VNode | null {
  const { judgement } = store;
  const primary = judgement.primary.value;
  const field = store.primaryField.value;
  const fields = store.fields.value;
  const metrics = useMemo(() => fields.filter(({ kind, linked }) => kind === 'metric' && !linked).map(({ key }) => key).sort(naturally.compare), [fields]);
  if (metrics.length === 0) {
    return null;
  }
  const direction = directions[primary?.direction ?? 'none'];
  const best = field === undefined ? undefined : bestOf(store.rows.value, field);
  const reference = store.reference.value;
  return (
    <div class="toolbar primary-bar-line">
      <span class="muted">Primary metric</span>
      <Dropdown
        label="Primary metric of the experiment"
        value={primary?.chosen === true ? primary.metric : byItself}
        choices={[{ value: byItself, label: primary === undefined || primary.chosen ? 'By its name' : `${primary.metric} (by its name)` }, ...metrics.map((metric) => ({ value: metric, label: metric }))]}
        onChange={(metric) => {
          task.run(() => judgement.choosePrimary(metric === byItself ? null : metric));
        }}
      />
      {primary !== undefined && (
        <ToolButton
          icon={direction.icon}
          text
          label={direction.label}
          onClick={() => {
            task.run(() => judgement.chooseDirection(primary.metric, direction.next));
          }}
        />
      )}
      {field !== undefined && best !== undefined && (
        <span class="primary-best-run">
          Best: <strong>{best.name}</strong>, {primaryText(field, best, store)}
          {reference !== undefined && reference.runId !== best.runId && ` to ${reference.name}`}
        </span>
      )}
    </div>
  );
}

/** The first run with the best value; undefined where the metric has no direction or all values are alike. */
function bestOf(rows: readonly Run[], { best }: Field): Run | undefined {
  return rows.find(({ runId }) => best.has(runId));
}
