import type { VNode } from 'preact';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import { servingSettings, shownServing } from '../../server/contract/servingConfig.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { Facts, Failure, Section, Skeleton, ToolButton } from '../ui/blocks.tsx';
import type { ReleasesStore } from './store.ts';

interface ServingSettingsProps {
  readonly store: ReleasesStore;
  readonly endpoint: EndpointSummary;
  readonly task: Task;
}

/** The serving config of the live release, which is a part of it: a change deploys its version as another release. */
export function ServingSettings({ store, endpoint, task }: ServingSettingsProps): VNode | null {
  const actions = useActions();
  if (endpoint.liveRelease === undefined) {
    return null;
  }
  const release = store.live.value.value;
  const failure = store.live.failure.value;
  return (
    <Section
      title="Serving settings"
      actions={
        endpoint.state === 'stopped' ? undefined : (
          <ToolButton icon="edit" label="Change…" text onClick={() => { task.run(() => actions.command('slipway.changeServing', { endpoint: endpoint.name })); }} />
        )
      }
    >
      {release !== undefined && <Facts items={servingSettings.map((setting) => ({ label: setting.label, value: <span title={setting.description}>{shownServing(setting, release.serving)}</span> }))} />}
      {release === undefined && failure === undefined && <Skeleton rows={2} label="Loading the serving settings" />}
      {release === undefined && failure !== undefined && <Failure what="The serving settings could not be loaded." failure={failure} onRetry={store.live.reset} />}
    </Section>
  );
}
