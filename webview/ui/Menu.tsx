import type { VNode } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Icon } from './blocks.tsx';
import { useDismiss } from './useDismiss.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon: string;
  readonly run: () => void;
  readonly disabled?: boolean;
}

interface MenuProps {
  readonly label: string;
  readonly icon: string;
  readonly items: readonly MenuItem[];
  /** Shows the label beside the icon. */
  readonly text?: boolean;
}

/** A button with a menu (https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/). */
export function Menu({ label, icon, items, text = false }: MenuProps): VNode {
  const open = useSignal(false);
  const container = useRef<HTMLDivElement>(null);
  const id = useId();

  const entries = (): HTMLElement[] => [...(container.current?.querySelectorAll<HTMLElement>('[role="menuitem"]:not([disabled])') ?? [])];
  const close = (): void => {
    open.value = false;
    container.current?.querySelector<HTMLElement>('.menu-button')?.focus();
  };

  useDismiss(open, container, () => entries()[0]?.focus());

  const move = (event: KeyboardEvent): void => {
    const all = entries();
    const at = all.findIndex((entry) => entry === document.activeElement);
    const moves: Partial<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 };
    const next = moves[event.key];
    if (next !== undefined) {
      event.preventDefault();
      all[next % all.length]?.focus();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (event.key === 'Tab') {
      open.value = false;
    }
  };

  return (
    <div class="menu" ref={container}>
      <button
        type="button"
        class="tool menu-button"
        aria-haspopup="menu"
        aria-expanded={open.value}
        aria-controls={open.value ? id : undefined}
        aria-label={label}
        title={label}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name={icon} />
        {text && <span>{label}</span>}
      </button>
      {open.value && (
        <div class="dropped menu-list" role="menu" id={id} aria-label={label} onKeyDown={move}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={item.disabled}
              onClick={() => {
                close();
                item.run();
              }}
            >
              <Icon name={item.icon} />
              <span>{item.label}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
