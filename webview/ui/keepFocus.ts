const takesFocus = 'button:not(:disabled), input, select, textarea, [tabindex="0"], vscode-button, vscode-dropdown, vscode-checkbox';

/** Gives the focus to the part of the page that a control was in, where the control's own action takes it away: it would go to the page, and the next Tab to its beginning. */
export function keepFocus(control: HTMLElement): void {
  const around: HTMLElement[] = [];
  for (let element = control.parentElement; element !== null && element !== document.body; element = element.parentElement) {
    around.push(element);
  }
  let frames = 3;
  const look = (): void => {
    if (!control.isConnected) {
      if (document.activeElement === document.body || document.activeElement === null) {
        const near = around.find((element) => element.isConnected && element.querySelector(takesFocus) !== null);
        near?.querySelector<HTMLElement>(takesFocus)?.focus({ preventScroll: true });
      }
    } else if (frames > 0) {
      frames -= 1;
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);
}
