import type { VNode } from 'preact';
import { useActions, useTask } from '../ui/actions.ts';
import { Empty, Failure, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { plural } from '../../server/contract/format/plural.ts';
import { Button, Dropdown } from '../ui/toolkit.ts';
import { AliasHistory } from './AliasHistory.tsx';
import { ReadinessView } from './ReadinessView.tsx';
import type { RegistryStore } from './store.ts';
import { VersionDetail } from './VersionDetail.tsx';
import { VersionTable } from './VersionTable.tsx';

/** Registered models: the versions of one of them, and one version in full. */
export function RegistryPanel({ store }: { readonly store: RegistryStore }): VNode {
  const actions = useActions();
  const task = useTask();
  const { models } = store;
  const list = models.value.value;
  const failure = models.failure.value;
  const model = store.model.value;
  const register = (): void => {
    task.run(() => actions.command('slipway.registerModel', {}));
  };
  const taskFailure = task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />;

  if (list === undefined) {
    return failure === undefined ? <Skeleton rows={8} label="Loading models" /> : <Failure what="The models could not be loaded." failure={failure} onRetry={models.reset} />;
  }
  if (model === undefined) {
    return (
      <>
        {taskFailure}
        <Empty icon="package" title="No registered models" action={{ label: 'Register Model', icon: 'add', run: register }}>
          Register a model that a run has logged, or a variable of a notebook's running kernel. It becomes version 1, with its lineage.
        </Empty>
      </>
    );
  }
  return (
    <div class="panel">
      <header class="panel-header">
        <h1 title={model.name}>{model.name}</h1>
        <span class="muted">{plural(model.versions.length, 'version')}</span>
        <div class="panel-actions">
          {list.length > 1 && (
            <Dropdown label="Registered model" value={model.name} choices={list.map(({ name }) => ({ value: name, label: name }))} onChange={store.showModel} />
          )}
          <Button icon="add" onClick={register}>
            Register Model
          </Button>
          <ToolButton icon="refresh" label="Refresh" onClick={store.refresh} />
        </div>
      </header>
      {failure !== undefined && <Failure what="The models could not be refreshed." failure={failure} onRetry={models.refresh} />}
      {store.endpoints.failure.value !== undefined && <Failure what="Which versions are live could not be loaded." failure={store.endpoints.failure.value} onRetry={store.endpoints.refresh} />}
      {taskFailure}
      {model.description !== '' && <p class="model-description">{model.description}</p>}
      <div class="registry-columns">
        <VersionTable store={store} model={model} />
        {store.version.value !== undefined && <VersionDetail key={`${model.name}:${store.version.value.version}`} store={store} model={model} version={store.version.value} />}
        <AliasHistory store={store} model={model} />
        <ReadinessView store={store.governance} />
      </div>
    </div>
  );
}
