import type { ComponentChildren, VNode } from 'preact';
import { ToolButton } from '../ui/blocks.tsx';
import { plural } from '../../server/contract/format/plural.ts';
import { Checkbox } from '../ui/toolkit.ts';
import { ColumnChooser } from './ColumnChooser.tsx';
import { FilterBox } from './FilterBox.tsx';
import { GroupChooser } from './GroupChooser.tsx';
import type { CompareStore } from './store.ts';

interface CompareToolbarProps {
  readonly store: CompareStore;
  /** Cards instead of the grid: no groups, no colours. */
  readonly narrow: boolean;
  /** At the end of the second line. */
  readonly children: ComponentChildren;
}

/** Which runs and which columns are shown. */
export function CompareToolbar({ store, narrow, children }: CompareToolbarProps): VNode {
  const equal = store.onlyDiffering.value ? store.fields.value.filter((field) => !field.differs).length : 0;
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
        {equal > 0 && <span class="muted">{plural(equal, 'equal column')} hidden</span>}
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
