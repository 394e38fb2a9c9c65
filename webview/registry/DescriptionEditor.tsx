import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { useTask } from '../ui/actions.ts';
import { Failure, ToolButton } from '../ui/blocks.tsx';
import { Button } from '../ui/toolkit.ts';
import type { RegistryStore } from './store.ts';

const longest = 5000;

/** The description of a version, to read and to write. */
export function DescriptionEditor({ store, version }: { readonly store: RegistryStore; readonly version: ModelVersion }): VNode {
  const draft = useSignal<string | undefined>(undefined);
  const task = useTask();
  const edit = useRef<HTMLDivElement>(null);
  const save = (): void => {
    const text = draft.value;
    if (text === undefined) {
      return;
    }
    task.run(async () => {
      await store.describe(version, text);
      draft.value = undefined;
    });
  };

  if (draft.value === undefined) {
    return (
      <div class="description" ref={edit}>
        <p class={version.description === '' ? 'muted' : ''}>{version.description === '' ? 'No description.' : version.description}</p>
        <ToolButton
          icon="edit"
          label="Edit description"
          onClick={() => {
            draft.value = version.description;
          }}
        />
      </div>
    );
  }
  return (
    <div class="description-edit">
      <textarea
        aria-label="Description"
        rows={4}
        maxLength={longest}
        ref={(element) => {
          if (element !== null && document.activeElement !== element && element.dataset['shown'] === undefined) {
            element.dataset['shown'] = 'true';
            element.focus();
          }
        }}
        value={draft.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            draft.value = undefined;
          } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            save();
          }
        }}
      />
      {task.failure.value !== undefined && <Failure what="The description was not saved." failure={task.failure.value} />}
      <div class="button-row">
        <Button primary disabled={task.running.value} onClick={save}>
          Save
        </Button>
        <Button
          onClick={() => {
            draft.value = undefined;
          }}
        >
          Cancel
        </Button>
      </div>
    </div>
  );
}
