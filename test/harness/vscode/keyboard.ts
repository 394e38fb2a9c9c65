import type { Frame, Locator, Page } from 'playwright-core';
import { patienceMilliseconds } from './browser.ts';
import type { Workbench } from './workbench.ts';

/** What a person does in a window with keys alone. */
export interface Keyboard {
  /** Runs a command of the palette, by its title. */
  runCommand(title: string): Promise<void>;
  /** Opens a file of the workspace by its name. */
  openFile(name: string): Promise<void>;
  /** Takes the entry of the open quick pick that holds the text, with the arrow keys. */
  pick(text: string | RegExp): Promise<void>;
  /** Accepts the open input box with what it suggests, or with another text. */
  accept(prompt: string, text?: string): Promise<void>;
  /** Takes an action of a notification. */
  act(notification: string | RegExp, action: string): Promise<void>;
  /** Answers the open dialog by a button. */
  confirm(button: string): Promise<void>;
}

const mostSteps = 120;

/** Whether an element, or what lies in it, has the focus; a component keeps the focus of its inside to itself. */
async function hasFocus(wanted: Locator): Promise<boolean> {
  const look = (element: Element): boolean => {
    const root = element.getRootNode();
    const active = root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
    return element.ownerDocument.hasFocus() && element.contains(active);
  };
  return wanted.evaluate(look).catch(() => false);
}

/** @returns presses of a pointer so far, in the window and in its webviews, each as what it hit */
export async function watchPointer(page: Page): Promise<readonly string[]> {
  const seen: string[] = [];
  await page.exposeBinding('slipwaySawPointer', (_source, what: string) => {
    seen.push(what);
  });
  const watch = (): void => {
    addEventListener(
      'pointerdown',
      (event) => {
        const { slipwaySawPointer } = globalThis as { slipwaySawPointer?: (what: string) => void };
        slipwaySawPointer?.(event.target instanceof Element ? event.target.outerHTML.slice(0, 200) : 'the window');
      },
      true,
    );
  };
  await page.addInitScript(watch);
  const present: Frame[] = page.frames();
  await Promise.all(present.map((frame) => frame.evaluate(watch)));
  return seen;
}

export function keyboardOf(workbench: Workbench): Keyboard {
  const { page, quickInput, dialog } = workbench;
  const input = quickInput.locator('input.input');
  const focused = quickInput.locator('.quick-input-list .monaco-list-row.focused');
  const holds = (said: string, text: string | RegExp): boolean => (typeof text === 'string' ? said.includes(text) : text.test(said));

  /** Moves down until the entry is the one that Enter takes. @returns whether it was found */
  const goTo = async (text: string | RegExp, milliseconds: number): Promise<boolean> => {
    const row = quickInput.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
    if (!(await row.waitFor({ timeout: milliseconds }).then(() => true, () => false))) {
      return false;
    }
    const deadline = Date.now() + milliseconds;
    while (Date.now() < deadline) {
      if (holds((await focused.first().textContent({ timeout: 1000 }).catch(() => '')) ?? '', text)) {
        return true;
      }
      await page.keyboard.press('ArrowDown');
    }
    return false;
  };

  const left = async (query: string): Promise<void> => {
    // A command may open a quick pick of its own in the same place.
    while ((await quickInput.isVisible()) && (await input.inputValue().catch(() => '')) === query) {
      await page.waitForTimeout(20);
    }
  };

  /** Asks until the entry is known: extensions, commands and the file search come up after the window does. */
  const choose = async (clear: readonly string[], query: string, entry: string): Promise<void> => {
    const deadline = Date.now() + patienceMilliseconds;
    for (;;) {
      await page.keyboard.press('F1');
      await input.and(page.locator(':focus')).waitFor();
      for (const key of clear) {
        await page.keyboard.press(key);
      }
      await page.keyboard.type(query);
      if (await goTo(entry, 15_000)) {
        const typed = await input.inputValue();
        await page.keyboard.press('Enter');
        await left(typed);
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(`nothing is called ${entry}`);
      }
      await page.keyboard.press('Escape');
    }
  };

  const tabTo = async (wanted: Locator): Promise<void> => {
    await wanted.first().waitFor();
    for (let step = 0; step < mostSteps; step += 1) {
      if (await hasFocus(wanted.first())) {
        return;
      }
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${wanted.toString()}`);
  };

  const runCommand = (title: string): Promise<void> => choose([], title, title);
  return {
    runCommand,
    openFile: async (name) => {
      // Without the `>` the palette looks for files; a panel keeps Control+P to itself.
      await choose(['Backspace'], name, name);
      await page.locator('.part.editor .tab.active').filter({ hasText: name }).waitFor();
    },
    pick: async (text) => {
      if (!(await goTo(text, patienceMilliseconds))) {
        throw new Error(`there is no entry ${String(text)}`);
      }
      await page.keyboard.press('Enter');
    },
    accept: async (prompt, text) => {
      await quickInput.getByText(prompt).waitFor();
      if (text !== undefined) {
        await page.keyboard.press('Control+A');
        await page.keyboard.type(text);
      }
      await page.keyboard.press('Enter');
    },
    act: async (text, action) => {
      await workbench.notification(text).waitFor();
      // A toast goes by itself after a while; the list keeps what it said, the latest on top.
      await runCommand('Notifications: Show Notifications');
      const item = page.locator('.notifications-center .notification-list-item').filter({ hasText: text }).first();
      await tabTo(item.getByRole('button', { name: action, exact: true }));
      await page.keyboard.press('Enter');
    },
    confirm: async (button) => {
      await tabTo(dialog.getByRole('button', { name: button, exact: true }));
      await page.keyboard.press('Enter');
    },
  };
}
