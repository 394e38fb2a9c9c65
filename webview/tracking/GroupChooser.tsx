import type { VNode } from 'preact';
import { LinkButton, ToolButton } from '../ui/blocks.tsx';
import { Popover } from '../ui/Popover.tsx';
import { Dropdown } from '../ui/toolkit.ts';
import type { Grouping, Summary } from './groups.ts';
import { SearchedChoices } from './SearchedChoices.tsx';
import type { CompareStore } from './store.ts';

const summaries: readonly { readonly value: Summary; readonly label: string }[] = [
  { value: 'mean', label: 'Mean' },
  { value: 'min', label: 'Minimum' },
  { value: 'max', label: 'Maximum' },
];

/** What the table's runs are grouped by, one inside the other, and what groups say of their numbers. */
export function GroupChooser({ store }: { readonly store: CompareStore }): VNode {
  const chosen = store.groupedBy.value;
  return (
    <Popover label="Group" icon="group-by-ref-type" note={chosen.length === 0 ? undefined : `by ${chosen.map(({ label }) => label).join(', ')}`}>
      {() => <Choices store={store} />}
    </Popover>
  );
}

function Choices({ store }: { readonly store: CompareStore }): VNode {
  const chosen = store.groupedBy.value;
  const ids = chosen.map(({ id }) => id);
  const row = (grouping: Grouping, level: number | undefined): VNode => (
    <li key={grouping.id} class="chooser-row">
      <label title={grouping.label}>
        <input
          type="checkbox"
          checked={level !== undefined}
          onChange={() => {
            store.group(level === undefined ? [...ids, grouping.id] : ids.filter((id) => id !== grouping.id));
          }}
        />
        <span class="grid-text">{grouping.label}</span>
        {level !== undefined && chosen.length > 1 && <span class="muted">level {level + 1}</span>}
      </label>
      {level !== undefined && level > 0 && (
        <ToolButton
          icon="arrow-up"
          label={`Group by ${grouping.label} first`}
          onClick={() => {
            store.group([grouping.id, ...ids.filter((id) => id !== grouping.id)]);
          }}
        />
      )}
    </li>
  );
  return (
    <SearchedChoices
      search="Search what to group by"
      label="What to group by"
      choices={store.groupings.value.filter(({ id }) => !ids.includes(id))}
      nameOf={({ label }) => label}
      row={(grouping) => row(grouping, undefined)}
      first={chosen.map(row)}
      actions={() =>
        chosen.length > 0 && (
          <>
            <div class="chooser-actions">
              <LinkButton onClick={() => { store.expandGroups(true); }}>Expand all</LinkButton>
              <LinkButton onClick={() => { store.expandGroups(false); }}>Collapse all</LinkButton>
              <LinkButton onClick={() => { store.group([]); }}>Ungroup</LinkButton>
            </div>
            <div class="chooser-summary">
              <span>Groups show the</span>
              <Dropdown
                label="What groups show of numbers"
                value={store.summary.value}
                choices={summaries}
                onChange={(value) => {
                  store.summary.value = summaries.find((summary) => summary.value === value)?.value ?? 'mean';
                }}
              />
            </div>
          </>
        )
      }
    />
  );
}
