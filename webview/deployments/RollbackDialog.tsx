import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import { useTask } from '../ui/actions.ts';
import { Badge, Failure, Icon, Skeleton } from '../ui/blocks.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { Button, TextField } from '../ui/toolkit.ts';
import { DifferenceTable } from './DifferenceTable.tsx';
import type { ReleasesStore } from './store.ts';

/** Shows exactly what a rollback would change, and asks. */
export function RollbackDialog({ store, endpoint }: { readonly store: ReleasesStore; readonly endpoint: EndpointSummary }): VNode {
  const reason = useSignal('');
  const task = useTask();
  const preview = store.preview.value.value;
  const failure = store.preview.failure.value;
  const close = (): void => {
    if (!task.running.value) {
      store.rollbackTo.value = undefined;
    }
  };
  const possible = preview !== undefined && preview.refusal === undefined;
  return (
    <Dialog
      title={preview === undefined ? `Roll back ${endpoint.name}` : `Roll back ${endpoint.name} to version ${preview.toVersion}`}
      onClose={close}
      footer={
        <>
          <Button onClick={close} disabled={task.running.value}>
            Keep the live release
          </Button>
          <Button
            primary
            icon="discard"
            disabled={!possible || task.running.value}
            onClick={() => {
              if (preview !== undefined) {
                task.run(() => store.rollBack(preview, reason.value));
              }
            }}
          >
            {task.running.value ? 'Rolling Back…' : 'Roll Back'}
          </Button>
        </>
      }
    >
      {failure !== undefined && <Failure what="What would change could not be loaded." failure={failure} onRetry={store.preview.reset} />}
      {preview === undefined && failure === undefined && <Skeleton rows={4} label="Loading what would change" />}
      {preview?.refusal !== undefined && (
        <div class="notice notice-bad" role="alert">
          <Icon name="error" />
          <div class="notice-text">
            <p>
              <strong>This rollback is not possible.</strong> {preview.refusal}
            </p>
          </div>
        </div>
      )}
      {preview !== undefined && (
        <>
          <p class="rollback-line">
            <code>{shortDigest(preview.from)}</code>
            <Icon name="arrow-right" />
            <code>{shortDigest(preview.to)}</code>
            <Badge tone={preview.readiness === 'warm' ? 'accent' : preview.readiness === 'unavailable' ? 'bad' : 'neutral'}>{preview.readiness}</Badge>
            {possible && (
              <span class="muted">
                {preview.readiness === 'warm' ? 'Its replicas run: the traffic moves at once.' : 'It is started and checked first; the live release serves until then.'}
              </span>
            )}
          </p>
          <p class="muted">Alias, training-data reference, environment and serving config go back together with the model.</p>
          <DifferenceTable differences={preview.differences} before={endpoint.liveVersion === undefined ? 'live' : `v${endpoint.liveVersion} (live)`} after={`v${preview.toVersion}`} />
          {possible && (
            <div class="rollback-reason">
              <span class="label">Reason, for the audit log</span>
              <TextField label="Reason" placeholder="Optional" value={reason.value} onInput={(text) => { reason.value = text; }} />
            </div>
          )}
        </>
      )}
      {task.failure.value !== undefined && <Failure what="The rollback failed." failure={task.failure.value} />}
    </Dialog>
  );
}
