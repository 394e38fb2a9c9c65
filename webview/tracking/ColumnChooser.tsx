import type { VNode } from 'preact';
import { LinkButton, ToolButton } from '../ui/blocks.tsx';
import { Popover } from '../ui/Popover.tsx';
import { plainLayout, toggled } from './columns.ts';
import { nameColumn } from './field.ts';
import { SearchedChoices } from './SearchedChoices.tsx';
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

function Choices({ store }: { readonly store: CompareStore }): VNode {
  const layout = store.layout.value;
  const hidden = new Set(layout.hidden);
  const change = (ids: readonly string[]): void => {
    store.layout.value = { ...store.layout.value, hidden: ids };
  };
  return (
    <SearchedChoices
      search="Search columns"
      label="Columns of the table"
      choices={store.arrangedFields.value.filter((field) => field.id !== nameColumn)}
      nameOf={(field) => `${field.kind} ${field.name} ${field.label}`}
      actions={(found, all) => {
        const ids = found.map(({ id }) => id);
        return (
          <div class="chooser-actions">
            <LinkButton onClick={() => { change(layout.hidden.filter((id) => !ids.includes(id))); }}>{all ? 'Show all' : `Show these ${ids.length}`}</LinkButton>
            <LinkButton onClick={() => { change([...new Set([...layout.hidden, ...ids])]); }}>{all ? 'Hide all' : `Hide these ${ids.length}`}</LinkButton>
            <LinkButton title="All columns, in their first order, none pinned" onClick={() => { store.layout.value = plainLayout; }}>Reset</LinkButton>
          </div>
        );
      }}
      row={(field) => (
        <li key={field.id} class="chooser-row">
          <label title={field.key}>
            <input
              type="checkbox"
              checked={!hidden.has(field.id)}
              onChange={() => {
                change(toggled(layout.hidden, field.id));
              }}
            />
            <span class="grid-text">{field.name}</span>
            <span class="muted">{field.kind === 'run' ? '' : field.kind}</span>
          </label>
          <ToolButton
            icon={layout.pinned.includes(field.id) ? 'pinned' : 'pin'}
            label={`Pin ${field.name}`}
            pressed={layout.pinned.includes(field.id)}
            onClick={() => {
              store.layout.value = { ...layout, pinned: toggled(layout.pinned, field.id) };
            }}
          />
        </li>
      )}
    />
  );
}
