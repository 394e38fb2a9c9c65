import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { ToolButton } from './blocks.tsx';

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly footer: ComponentChildren;
  readonly onClose: () => void;
  /** As large as the panel allows. */
  readonly wide?: boolean;
}

const focusable = 'button:not([disabled]), vscode-button:not([disabled]), vscode-checkbox, vscode-text-field, vscode-dropdown, input, textarea, summary, [tabindex="0"]';

/** A modal dialog inside the panel: takes the focus, keeps it, gives it back; Escape closes. */
export function Dialog({ title, children, footer, onClose, wide = false }: DialogProps): VNode {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);

  // The browser would let Tab leave the webview's frame.
  const keepFocus = (event: KeyboardEvent): void => {
    const dialog = element.current;
    if (event.key !== 'Tab' || dialog === null) {
      return;
    }
    const stops = [...dialog.querySelectorAll<HTMLElement>(focusable)];
    const wanted = event.shiftKey ? stops.at(-1) : stops[0];
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement === edge || document.activeElement === dialog) {
      event.preventDefault();
      wanted?.focus();
    }
  };

  return (
    <dialog
      ref={element}
      class={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={titleId}
      onKeyDown={keepFocus}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class="dialog-header">
        <h2 id={titleId}>{title}</h2>
        <ToolButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div class="dialog-body" tabIndex={-1}>{children}</div>
      <footer class="dialog-footer">{footer}</footer>
    </dialog>
  );
}
