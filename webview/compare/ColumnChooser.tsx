import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import { LinkButton, ToolButton } from '../ui/blocks.tsx';
import { plural } from '../ui/format.ts';
import { Popover } from '../ui/Popover.tsx';
import { nameColumn, plainLayout, toggled } from './columns.ts';
import type { Field } from './fields.ts';
import type { CompareStore } from './store.ts';

/** Which columns the table has, and which of them stay in view. */
export function ColumnChooser({ store }: { readonly store: CompareStore }): VNode {
  const { hidden } = store.layout.value;
  const count = store.fields.value.filter(({ id }) => hidden.includes(id)).length;
  return (
    <Popover label="Columns" icon="list-selection" note={count === 0 ? undefined : `${count} hidden`}>
      {() => <Choices store={store} />}
    </Popover>
  );
}

const mostRows = 200;

function Choices({ store }: { readonly store: CompareStore }): VNode {
  const wanted = useSignal('');
  const layout = store.layout.value;
  const hidden = new Set(layout.hidden);
  const choices = store.arrangedFields.value.filter((field) => field.id !== nameColumn && matches(field, wanted.value));
  const change = (ids: readonly string[]): void => {
    store.layout.value = { ...store.layout.value, hidden: ids };
  };
  const ids = choices.map(({ id }) => id);
  return (
    <div class="chooser">
      <input
        type="search"
        class="field"
        aria-label="Search columns"
        placeholder="Search columns"
        value={wanted.value}
        onInput={(event) => {
          wanted.value = event.currentTarget.value;
        }}
      />
      <div class="chooser-actions">
        <LinkButton onClick={() => { change(layout.hidden.filter((id) => !ids.includes(id))); }}>{wanted.value === '' ? 'Show all' : `Show these ${ids.length}`}</LinkButton>
        <LinkButton onClick={() => { change([...new Set([...layout.hidden, ...ids])]); }}>{wanted.value === '' ? 'Hide all' : `Hide these ${ids.length}`}</LinkButton>
        <LinkButton title="All columns, in their first order, none pinned" onClick={() => { store.layout.value = plainLayout; }}>Reset</LinkButton>
      </div>
      <ul class="plain chooser-list" aria-label="Columns of the table">
        {choices.slice(0, mostRows).map((field) => (
          <li key={field.id} class="chooser-row">
            <label title={field.key}>
              <input
                type="checkbox"
                checked={!hidden.has(field.id)}
                onChange={() => {
                  change(toggled(layout.hidden, field.id));
                }}
              />
              <span class="grid-text">{field.kind === 'run' ? field.label : field.key}</span>
              <span class="muted">{field.kind === 'run' ? '' : field.kind}</span>
            </label>
            <ToolButton
              icon={layout.pinned.includes(field.id) ? 'pinned' : 'pin'}
              label={`Pin ${field.kind === 'run' ? field.label : field.key}`}
              pressed={layout.pinned.includes(field.id)}
              onClick={() => {
                store.layout.value = { ...layout, pinned: toggled(layout.pinned, field.id) };
              }}
            />
          </li>
        ))}
      </ul>
      {choices.length > mostRows && <p class="muted">{plural(choices.length - mostRows, 'more column')}: search for them.</p>}
      {choices.length === 0 && <p class="muted">No column has this name.</p>}
    </div>
  );
}

function matches(field: Field, wanted: string): boolean {
  const name = `${field.kind} ${field.key} ${field.label}`.toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => name.includes(word));
}
