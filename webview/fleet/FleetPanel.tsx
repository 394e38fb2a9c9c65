import type { VNode } from 'preact';
import { needsSomebody } from '../../server/contract/format/fleet.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Empty, Failure, RelativeTime, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { Checkbox, TextField } from '../ui/toolkit.ts';
import { FleetList } from './FleetList.tsx';
import type { FleetStore } from './store.ts';

/** So many endpoints are seen at a glance. */
const manyEndpoints = 8;

/** All endpoints and how they stand, those that need somebody first. */
export function FleetPanel({ store }: { readonly store: FleetStore }): VNode {
  const actions = useActions();
  const task = useTask();
  const all = store.endpoints.value.value;
  const failure = store.endpoints.failure.value;
  const at = store.endpoints.at.value;
  if (all === undefined) {
    return failure === undefined ? <Skeleton rows={8} label="Loading endpoints" /> : <Failure what="The endpoints could not be loaded." failure={failure} onRetry={store.endpoints.reset} />;
  }
  if (all.length === 0) {
    return (
      <Empty icon="checklist" title="No endpoints yet" action={{ label: 'Deploy Model', icon: 'rocket', run: () => { task.run(() => actions.command('slipway.deployModel', {})); } }}>
        Deploy a model version. Each endpoint stands here with its traffic, drift, performance and incidents.
      </Empty>
    );
  }
  const needing = all.filter(needsSomebody).length;
  return (
    <div class="panel">
      <header class="panel-header">
        <h1>Fleet</h1>
        <span class="muted" role="status">
          {plural(all.length, 'endpoint')}, {needing === 0 ? 'none needs you' : `${needing} ${needing === 1 ? 'needs' : 'need'} you`}
        </span>
        <div class="panel-actions">
          {at !== undefined && (
            <span class="muted">
              updated <RelativeTime at={at} />
            </span>
          )}
          <ToolButton icon="refresh" label="Refresh" onClick={store.refresh} />
        </div>
      </header>
      {all.length >= manyEndpoints && (
        <div class="toolbar fleet-tools">
          <TextField label="Endpoints or models by name" placeholder="Endpoint or model" value={store.filter.value} onInput={(text) => { store.filter.value = text; }} onEscape={() => { store.filter.value = ''; }} />
          <Checkbox checked={store.onlyNeeding.value} onChange={(only) => { store.onlyNeeding.value = only; }}>
            Only those that need somebody
          </Checkbox>
        </div>
      )}
      {failure !== undefined && <Failure what="The endpoints could not be refreshed." failure={failure} onRetry={store.refresh} />}
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      {store.shown.value.length === 0 ? <Empty icon="search" title="None of the endpoints" action={{ label: 'Show All', run: () => { store.filter.value = ''; store.onlyNeeding.value = false; } }} /> : <FleetList entries={store.shown.value} />}
    </div>
  );
}
