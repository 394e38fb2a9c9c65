import type { VNode } from 'preact';
import type { ModelVersion, RegisteredModel, Signature } from '../../server/contract/registry.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Digest, Facts, Failure, RelativeTime, Section } from '../ui/blocks.tsx';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { Button } from '../ui/toolkit.ts';
import { AliasEditor } from './AliasEditor.tsx';
import { DecisionView } from './DecisionView.tsx';
import { DescriptionEditor } from './DescriptionEditor.tsx';
import { Folded } from './Folded.tsx';
import { GovernanceView } from './GovernanceView.tsx';
import { LineageView } from './LineageView.tsx';
import { LoadCheckView } from './LoadCheckView.tsx';
import { ServedBadges } from './ServedBadges.tsx';
import { SignatureTable } from './SignatureTable.tsx';
import type { RegistryStore } from './store.ts';
import { VerdictView } from './VerdictView.tsx';
import { VersionMetrics } from './VersionMetrics.tsx';
import { VersionParams } from './VersionParams.tsx';

interface VersionDetailProps {
  readonly store: RegistryStore;
  readonly model: RegisteredModel;
  readonly version: ModelVersion;
}

/** One model version in full. */
export function VersionDetail({ store, model, version }: VersionDetailProps): VNode {
  const actions = useActions();
  const task = useTask();
  const served = store.served.value.get(version.version) ?? [];
  const inUse = served.some(({ role }) => role !== 'warm');
  return (
    <article class="version-detail" aria-label={`Version ${version.version} of ${model.name}`}>
      <header class="detail-header">
        <h2>Version {version.version}</h2>
        <ServedBadges served={served} />
        <div class="panel-actions">
          <Button
            primary
            icon="rocket"
            onClick={() => {
              task.run(() => actions.command('slipway.deployModel', { model: model.name, version: version.version }));
            }}
          >
            Deploy
          </Button>
          <Button
            icon="trash"
            disabled={inUse}
            title={inUse ? 'An endpoint serves this version' : 'Delete this version'}
            onClick={() => {
              task.run(() => actions.command('slipway.deleteVersion', { model: model.name, version: version.version }));
            }}
          >
            Delete
          </Button>
        </div>
      </header>
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      <VerdictView store={store.verdict} version={version} />
      <LoadCheckView store={store} version={version} task={task} />
      <DescriptionEditor store={store} version={version} />
      <AliasEditor store={store} model={model} version={version} />
      <GovernanceView store={store.governance} version={version} task={task} />
      <VersionMetrics store={store.verdict} version={version} />
      <Facts
        items={[
          { label: 'Created', value: <RelativeTime at={version.createdAt} /> },
          ...(version.server === undefined ? [] : [{ label: 'Registered on', value: <span title={version.server}>{version.server.replace(/^https?:\/\//, '')}</span> }]),
          { label: 'Size', value: version.bytes === undefined ? 'not known' : formatBytes(version.bytes) },
          { label: 'Flavors', value: version.flavors.length === 0 ? 'none' : version.flavors.join(', ') },
          { label: 'Model digest', value: version.digest === undefined ? <span class="muted">taken with the first deployment</span> : <Digest value={version.digest} label="model digest" /> },
        ]}
      />
      <DecisionView store={store.decision} version={version} task={task} />
      <VersionParams store={store.verdict} version={version} />
      <LineageView version={version} />
      <Section title="Signature">
        {version.signature === undefined ? (
          <p class="muted">The model was logged without a signature, so requests to it are not checked. Log it with an input example to get one.</p>
        ) : (
          <Folded title={signatureText(version.signature)}>
            <SignatureTable signature={version.signature} />
          </Folded>
        )}
      </Section>
    </article>
  );
}

/** Such as `6 inputs (2 long, 1 double, 2 string, 1 boolean), 1 output`. */
function signatureText({ inputs, outputs }: Signature): string {
  const types = new Map<string, number>();
  for (const { type } of inputs) {
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  const kinds = [...types].map(([type, count]) => `${count} ${type}`).join(', ');
  return `${plural(inputs.length, 'input')}${kinds === '' ? '' : ` (${kinds})`}${outputs.length === 0 ? '' : `, ${plural(outputs.length, 'output')}`}`;
}
