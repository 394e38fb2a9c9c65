import type { ComponentChildren, VNode } from 'preact';
import { useSignal } from '@preact/signals';
import { plural } from '../../server/contract/format/plural.ts';
import { isFound } from './curveGroups.ts';

interface SearchedChoicesProps<C> {
  /** What is searched, such as `Search columns`. */
  readonly search: string;
  /** Of the list, for screen readers. */
  readonly label: string;
  readonly choices: readonly C[];
  /** What the search looks into. */
  readonly nameOf: (choice: C) => string;
  readonly row: (choice: C) => VNode;
  /** Above the list. @param found what the search has found, @param all nothing was searched */
  readonly actions: (found: readonly C[], all: boolean) => ComponentChildren;
  /** Rows before those that are searched. */
  readonly first?: ComponentChildren;
}

const mostRows = 200;

/** A long list to choose from, with a search. */
export function SearchedChoices<C>({ search, label, choices, nameOf, row, actions, first }: SearchedChoicesProps<C>): VNode {
  const wanted = useSignal('');
  const found = choices.filter((choice) => isFound(nameOf(choice), wanted.value));
  return (
    <div class="chooser">
      <input
        type="search"
        class="field"
        aria-label={search}
        placeholder={search}
        value={wanted.value}
        onInput={(event) => {
          wanted.value = event.currentTarget.value;
        }}
      />
      {actions(found, wanted.value === '')}
      <ul class="plain chooser-list" aria-label={label}>
        {first}
        {found.slice(0, mostRows).map(row)}
      </ul>
      {found.length > mostRows && <p class="muted">{plural(found.length - mostRows, 'more')}: search for them.</p>}
      {found.length === 0 && wanted.value !== '' && <p class="muted">Nothing has this name.</p>}
    </div>
  );
}
