import type { ComponentChildren, VNode } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Icon } from './blocks.tsx';
import { useDismiss } from './useDismiss.ts';

interface PopoverProps {
  readonly label: string;
  readonly icon: string;
  /** Beside the label, such as how much is hidden. */
  readonly note?: string | undefined;
  readonly children: () => ComponentChildren;
}

/** A button that opens controls below the toolbar that it stands in; Escape and a press elsewhere close it. */
export function Popover({ label, icon, note, children }: PopoverProps): VNode {
  const open = useSignal(false);
  const container = useRef<HTMLDivElement>(null);
  const id = useId();

  useDismiss(open, container, () => container.current?.querySelector<HTMLElement>('input, select, [tabindex="0"]')?.focus());

  return (
    <div
      class="popover"
      ref={container}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && open.value) {
          event.stopPropagation();
          open.value = false;
          container.current?.querySelector<HTMLElement>('.popover-button')?.focus();
        }
      }}
    >
      <button
        type="button"
        class="tool popover-button"
        aria-haspopup="dialog"
        aria-expanded={open.value}
        aria-controls={open.value ? id : undefined}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name={icon} />
        <span>{label}</span>
        {note !== undefined && <span class="muted">{note}</span>}
      </button>
      {open.value && (
        <div class="dropped popover-panel" role="dialog" id={id} aria-label={label}>
          {children()}
        </div>
      )}
    </div>
  );
}
