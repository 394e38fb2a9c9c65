import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { mostComparedRuns, type Run } from '../../server/contract/tracking.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { ToolButton } from '../ui/blocks.tsx';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { Menu } from '../ui/Menu.tsx';
import { Button } from '../ui/toolkit.ts';
import { useHeaderHeight } from '../ui/useHeaderHeight.ts';
import { exportColumns, toCsv, toLatex, toMarkdown } from './exports.ts';
import type { CompareStore } from './store.ts';

/** What is compared, how many runs of `total` are shown and whether more are on their way, and what can be done with all of them. */
export function CompareHeader({ store, total, task }: { readonly store: CompareStore; readonly total: number; readonly task: Task }): VNode {
  const actions = useActions();
  const { expected, complete, truncated, refresh } = store.source;
  const rows = store.rows.value;
  const header = useRef<HTMLElement>(null);
  useHeaderHeight(header);
  const copiedCount = store.selected.value.length > 0 ? rows.reduce((sum, run) => sum + (store.selectedIds.value.has(run.runId) ? 1 : 0), 0) : rows.length;
  const meant = (): readonly Run[] => store.grouped.value.filter((run) => store.selected.value.length === 0 || store.selectedIds.value.has(run.runId));
  const copy = (form: typeof toCsv): void => {
    actions.copy(form(meant(), exportColumns(store.shownFields.value, store.groupedBy.value)));
  };
  const share = (): void => {
    const runIds = meant().map(({ runId }) => runId);
    const referenceId = store.reference.value?.runId;
    task.run(() => actions.command('slipway.shareComparison', { runIds, ...(referenceId === undefined || !runIds.includes(referenceId) ? {} : { referenceId }) }));
  };
  return (
    <header ref={header} class="panel-header">
      <h1>{store.page.run.value?.name ?? store.experiment.value ?? (store.showsLatest.value ? 'Latest runs' : 'Compare runs')}</h1>
      <span class="muted">
        {store.page.run.value !== undefined ? 'Run' : rows.length === total ? plural(total, 'run') : `${formatNumber(rows.length)} of ${plural(total, 'run')}`}{store.page.run.value === undefined && `, ${plural(store.selected.value.length, 'selected', 'selected')}`}
        {!complete.value && expected.value === undefined && ', loading more'}
        {!complete.value && (expected.value ?? 0) > total && `, loading ${formatNumber((expected.value ?? 0) - total)} more`}
        {truncated.value && ', the newest ones'}
      </span>
      <div class="panel-actions">
        <Button icon="git-compare" onClick={() => { task.run(() => actions.command('slipway.compareRuns', {})); }}>
          Choose Runs
        </Button>
        <Menu
          label="Copy"
          icon="copy"
          text
          items={[
            { label: `Copy ${plural(copiedCount, 'run')} as Markdown`, icon: 'markdown', run: () => { copy(toMarkdown); } },
            { label: `Copy ${plural(copiedCount, 'run')} as CSV`, icon: 'table', run: () => { copy(toCsv); } },
            { label: `Copy ${plural(copiedCount, 'run')} as LaTeX`, icon: 'file-code', run: () => { copy(toLatex); } },
          ]}
        />
        <Button icon="export" disabled={copiedCount === 0} title={`Save ${plural(Math.min(copiedCount, mostComparedRuns), 'run')} as one HTML file to send to others`} onClick={share}>
          Share
        </Button>
        <ToolButton icon="refresh" label="Refresh" onClick={refresh} />
      </div>
    </header>
  );
}
