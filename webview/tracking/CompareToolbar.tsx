import type { ComponentChildren, VNode } from 'preact';
import { LinkButton, ToolButton } from '../ui/blocks.tsx';
import { plural } from '../../server/contract/format/plural.ts';
import { Checkbox } from '../ui/toolkit.ts';
import { ColumnChooser } from './ColumnChooser.tsx';
import { FilterBox } from './FilterBox.tsx';
import { GroupChooser } from './GroupChooser.tsx';
import type { CompareStore } from './store.ts';
import { ViewChooser } from './ViewChooser.tsx';

interface CompareToolbarProps {
  readonly store: CompareStore;
  /** A name, a metric and a param: no groups, no colours. */
  readonly narrow: boolean;
  /** At the end of the second line. */
  readonly children: ComponentChildren;
}

const untelling = 'Columns that are equal in all runs shown, that fewer than a fifth of the runs have, and params that describe others.';

/** Which runs and which columns are shown. */
export function CompareToolbar({ store, narrow, children }: CompareToolbarProps): VNode {
  const hidden = new Set(store.layout.value.hidden);
  const left = store.fields.value.filter(({ id }) => !hidden.has(id)).length - store.shownFields.value.length;
  const all = store.allColumns.value;
  return (
    <>
      <div class="toolbar">
        <FilterBox store={store} />
        <ToolButton
          icon={store.onlyStarred.value ? 'star-full' : 'star-empty'}
          text
          label="Starred"
          pressed={store.onlyStarred.value}
          onClick={() => {
            store.onlyStarred.value = !store.onlyStarred.value;
          }}
        />
      </div>
      <div class="toolbar">
        <ViewChooser store={store} />
        <ColumnChooser store={store} />
        {!narrow && <GroupChooser store={store} />}
        <Checkbox
          checked={store.onlyDiffering.value}
          onChange={(checked) => {
            store.onlyDiffering.value = checked;
          }}
        >
          Only what differs
        </Checkbox>
        {!narrow && (left > 0 || all) && (
          <span class="muted">
            {left > 0 && `${plural(left, 'column')} hidden, `}
            <LinkButton title={untelling} onClick={() => { store.allColumns.value = !all; }}>
              {all ? 'show only those that tell runs apart' : 'show all'}
            </LinkButton>
          </span>
        )}
        {!narrow && (
          <Checkbox
            checked={store.shaded.value}
            onChange={(checked) => {
              store.shaded.value = checked;
            }}
          >
            Colour scale
          </Checkbox>
        )}
        {children}
      </div>
    </>
  );
}
