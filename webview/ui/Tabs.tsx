import type { VNode } from 'preact';
import { useId, useRef } from 'preact/hooks';

export interface Tab<T extends string> {
  readonly id: T;
  readonly label: string;
  readonly content: () => VNode | null;
}

interface TabsProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly chosen: T;
  readonly onChoose: (id: T) => void;
}

/** Parts of a page of which one is shown, as the pattern for tabs of https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ with automatic activation: arrow keys, Home and End choose. */
export function Tabs<T extends string>({ label, tabs, chosen, onChoose }: TabsProps<T>): VNode {
  const prefix = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(0, tabs.findIndex(({ id }) => id === chosen));
  const choose = (index: number): void => {
    const tab = tabs[(index + tabs.length) % tabs.length];
    if (tab !== undefined) {
      onChoose(tab.id);
      list.current?.querySelector<HTMLElement>(`[data-tab="${tab.id}"]`)?.focus();
    }
  };
  const moves: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
  const current = tabs[at];
  return (
    <div class="tabs">
      <div
        ref={list}
        class="tab-list"
        role="tablist"
        aria-label={label}
        onKeyDown={(event) => {
          const to = moves[event.key];
          if (to !== undefined) {
            event.preventDefault();
            choose(to);
          }
        }}
      >
        {tabs.map((tab, index) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${prefix}-${tab.id}`}
            data-tab={tab.id}
            class="tab"
            aria-selected={index === at}
            aria-controls={index === at ? `${prefix}-panel` : undefined}
            tabIndex={index === at ? 0 : -1}
            onClick={() => {
              onChoose(tab.id);
            }}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div id={`${prefix}-panel`} class="tab-panel" role="tabpanel" aria-labelledby={current === undefined ? undefined : `${prefix}-${current.id}`}>
        {current?.content()}
      </div>
    </div>
  );
}
