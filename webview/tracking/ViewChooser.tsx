import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useTask } from '../ui/actions.ts';
import { Failure, LinkButton, ToolButton } from '../ui/blocks.tsx';
import { Popover } from '../ui/Popover.tsx';
import { Button } from '../ui/toolkit.ts';
import type { CompareStore } from './store.ts';

/** The ways to look at these runs that are kept with their experiment: opens, keeps, renames and deletes them. */
export function ViewChooser({ store }: { readonly store: CompareStore }): VNode {
  const opened = store.saved.opened.value;
  return (
    <Popover label="Views" icon="bookmark" note={opened === undefined ? undefined : opened.changed ? `${opened.name}, changed` : opened.name}>
      {() => <Choices store={store} />}
    </Popover>
  );
}

/** What a tag's name takes. */
const longestName = 40;

function Choices({ store: { saved } }: { readonly store: CompareStore }): VNode {
  const task = useTask();
  const opened = saved.opened.value;
  const name = useSignal(opened?.name ?? '');
  const renamed = useSignal<string | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  const views = saved.views.value;
  const undone = saved.undone.value;
  const wanted = name.value.trim();
  const save = (): void => {
    const from = renamed.value;
    if (wanted !== '') {
      task.run(async () => {
        await (from === undefined ? saved.save(wanted) : saved.rename(from, wanted));
        renamed.value = undefined;
      });
    }
  };
  return (
    <div class="chooser">
      {task.failure.value !== undefined && <Failure what="The view was not kept." failure={task.failure.value} onDismiss={task.clear} />}
      <form
        class="view-name"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <input
          ref={field}
          class="field"
          aria-label={renamed.value === undefined ? 'Name of the view' : `New name of ${renamed.value}`}
          placeholder="Name of the view"
          maxLength={longestName}
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
        <Button primary disabled={wanted === '' || task.running.value} onClick={save}>
          {renamed.value !== undefined ? 'Rename' : views.has(wanted) ? 'Replace' : 'Save'}
        </Button>
        {renamed.value !== undefined && (
          <Button
            onClick={() => {
              renamed.value = undefined;
            }}
          >
            Cancel
          </Button>
        )}
      </form>
      <p class="muted view-help">Filter, columns, order, groups and charts, kept with the experiment for all who open it.</p>
      {views.size > 0 && (
        <ul class="plain chooser-list" aria-label="Saved views">
          {[...views.keys()].map((one) => (
            <li key={one} class="chooser-row">
              <button
                type="button"
                class="link view-open"
                aria-current={opened?.name === one}
                title={`Show the runs as in ${one}`}
                onClick={() => {
                  saved.open(one);
                  name.value = one;
                }}
              >
                <span class="grid-text">{one}</span>
              </button>
              {opened?.name === one && <span class="muted">{opened.changed ? 'changed' : 'shown'}</span>}
              <ToolButton
                icon="edit"
                label={`Rename ${one}`}
                disabled={task.running.value}
                onClick={() => {
                  renamed.value = one;
                  name.value = one;
                  field.current?.focus();
                }}
              />
              <ToolButton
                icon="trash"
                label={`Delete ${one}`}
                disabled={task.running.value}
                onClick={() => {
                  task.run(() => saved.remove(one));
                  field.current?.focus();
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <p class="view-undo" role="status">
        {undone !== undefined && (
          <>
            {undone.what} <LinkButton onClick={() => { task.run(undone.undo); }}>Undo</LinkButton>
          </>
        )}
      </p>
    </div>
  );
}
