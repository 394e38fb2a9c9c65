import type { VNode } from 'preact';
import { useId, useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { completionsOf, namesOf, type Completion } from './filter.ts';
import type { CompareStore } from './store.ts';
import { useTypedFilter } from './useTypedFilter.ts';

/** Which runs the table shows: a filter with completion of names (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). */
export function FilterBox({ store }: { readonly store: CompareStore }): VNode {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const open = useSignal(false);
  const active = useSignal(-1);
  const write = useTypedFilter(store.filter, field);
  const text = store.filter.value;
  const fields = store.fields.value;
  const names = useMemo(() => namesOf(fields, store.source.table.value.value?.runs ?? []), [fields]);
  const choices = open.value ? completionsOf(text, names) : [];
  const problem = store.filterProblem.value;
  const shownProblem = problem !== undefined && !open.value ? problem : undefined;

  const take = (choice: Completion): void => {
    active.value = -1;
    field.current?.focus();
    write(choice.text);
    field.current?.setSelectionRange(choice.text.length, choice.text.length);
  };

  const onKey = (event: KeyboardEvent): void => {
    const chosen = choices[active.value];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (!open.value) {
        open.value = true;
        active.value = 0;
      } else if (choices.length > 0) {
        active.value = (Math.max(active.value, step > 0 ? -1 : 0) + step + choices.length) % choices.length;
      }
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) {
      take(chosen);
    } else if (event.key === 'Enter') {
      open.value = false;
      return;
    } else if (event.key === 'Escape' && open.value && choices.length > 0) {
      open.value = false;
    } else if (event.key === 'Escape') {
      write('');
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="filter">
      <input
        ref={field}
        type="text"
        defaultValue={store.filter.peek()}
        class="field"
        role="combobox"
        aria-label="Filter runs"
        aria-autocomplete="list"
        aria-expanded={choices.length > 0}
        aria-controls={choices.length > 0 ? `${id}-list` : undefined}
        aria-activedescendant={choices[active.value] === undefined ? undefined : `${id}-${active.value}`}
        aria-invalid={shownProblem !== undefined}
        aria-describedby={shownProblem === undefined ? undefined : `${id}-problem`}
        placeholder="Filter, such as metrics.auc > 0.8 AND params.kind = 'tree'"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          store.filter.value = event.currentTarget.value;
          open.value = true;
          active.value = -1;
        }}
        onFocus={() => {
          active.value = -1;
        }}
        onBlur={() => {
          open.value = false;
        }}
        onKeyDown={onKey}
      />
      {choices.length > 0 && (
        <ul class="plain dropped filter-list" role="listbox" id={`${id}-list`} aria-label="Names">
          {choices.map((choice, index) => (
            <li
              key={choice.label}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active.value}
              class={index === active.value ? 'filter-choice filter-active' : 'filter-choice'}
              onPointerDown={(event) => {
                // The field keeps the focus.
                event.preventDefault();
                take(choice);
              }}
            >
              <span class="grid-text">{choice.label}</span>
              <span class="muted">{choice.note}</span>
            </li>
          ))}
        </ul>
      )}
      {shownProblem !== undefined && (
        <p class="filter-problem" id={`${id}-problem`} role="status">
          {shownProblem}
        </p>
      )}
    </div>
  );
}
