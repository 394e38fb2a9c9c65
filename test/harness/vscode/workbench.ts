import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { cache } from '../../setup/step.mjs';
import { keepStill, launchBrowser, patienceMilliseconds } from './browser.ts';
import { startCodeServer, type CodeServer, type CodeServerOptions, type Theme } from '../../setup/codeServer.ts';

export interface WorkbenchOptions {
  /** Size of the window in CSS pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** A VS Code window and what a person does in it. */
export interface Workbench {
  readonly page: Page;
  /** Runs a command by its palette title, such as `Slipway: Open Registry`. */
  runCommand(title: string): Promise<void>;
  /** Opens a file of the workspace by its name. */
  openFile(name: string): Promise<void>;
  /** The open quick pick or input box. */
  readonly quickInput: Locator;
  /** Picks the entry of the open quick pick whose label holds the text. */
  pick(text: string): Promise<void>;
  /** Types into the open input box and accepts. */
  enter(text: string): Promise<void>;
  /** Runs all cells of the active notebook by its toolbar. */
  runAllCells(): Promise<void>;
  /** Runs one cell of the active notebook by the button beside it; the first is 0. */
  runCell(index: number): Promise<void>;
  /** A cell of the active notebook, editor and status bar; outputs are in `notebookOutput`. */
  cell(index: number): Locator;
  /** The frame of the webview in which the selector is found; the outputs of a notebook lie in a webview too. */
  webview(selector: string): Promise<FrameLocator>;
  /** Item of the status bar that holds the text. */
  statusItem(text: string | RegExp): Locator;
  /** Notification that holds the text. */
  notification(text: string | RegExp): Locator;
  /** Dialog in the middle of the window. */
  readonly dialog: Locator;
  /** Saves a picture as `.cache/screenshots/NAME-THEME.png`. @returns its path */
  screenshot(name: string, theme?: Theme): Promise<string>;
  /** Reloads the window: it comes back with its layout. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the server's workspace in a fresh browser profile and waits until the window can be used. */
export async function openWorkbench(browser: Browser, server: CodeServer, options: WorkbenchOptions = {}): Promise<Workbench> {
  const context = await browser.newContext({ viewport: { width: options.width ?? 1440, height: options.height ?? 900 } });
  context.setDefaultTimeout(patienceMilliseconds);
  const page = await context.newPage();
  await keepStill(page);
  // The driver that lets VS Code load extensions by address expects both.
  await page.exposeFunction('codeAutomationLog', () => undefined);
  await page.exposeFunction('codeAutomationExit', () => undefined);
  const ready = async (): Promise<void> => {
    await page.locator('.monaco-workbench .part.statusbar').waitFor();
    await page.locator('.monaco-workbench .part.editor').waitFor();
  };
  await page.goto(server.url());
  await ready();

  const quickInput = page.locator('.quick-input-widget:visible');
  const input = quickInput.locator('input.input');
  const row = (text: string): Locator => quickInput.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
  const cell = (index: number): Locator => page.locator(`.notebookOverlay:visible .cell-list-container .monaco-list-row[data-index="${index}"]`);

  /** Asks the quick input until it knows the entry: extensions, commands and the file search come up after the window does. */
  const choose = async (key: string, query: string, entry: string): Promise<void> => {
    const deadline = Date.now() + patienceMilliseconds;
    for (;;) {
      await page.keyboard.press(key);
      try {
        // One that is closing still shows its input: the key then opened nothing, and is pressed again.
        await input.fill(query, { timeout: 15_000 });
        await row(entry).click({ timeout: 15_000 });
        // A command may open a quick pick of its own in the same place; the next step must not take this list for that.
        while ((await quickInput.isVisible()) && (await input.inputValue()) === query) {
          await page.waitForTimeout(50);
        }
        return;
      } catch (error) {
        if (Date.now() > deadline) {
          throw error;
        }
        await page.keyboard.press('Escape');
      }
    }
  };

  return {
    page,
    quickInput,
    dialog: page.locator('.monaco-dialog-box'),
    cell,
    runCommand: (title) => choose('F1', `>${title}`, title),
    openFile: async (name) => {
      await choose('Control+P', name, path.posix.basename(name));
      await page.locator('.part.editor .tab.active').filter({ hasText: path.posix.basename(name) }).waitFor();
    },
    pick: async (text) => {
      await row(text).click();
    },
    enter: async (text) => {
      // A list that was picked from stays until the box comes, in the same place.
      await quickInput.locator('.quick-input-list').waitFor({ state: 'hidden' });
      await input.fill(text);
      await input.press('Enter');
    },
    runAllCells: async () => {
      await page.locator('.notebook-toolbar-container:visible').getByRole('button', { name: 'Run All' }).click();
    },
    runCell: async (index) => {
      await cell(index).scrollIntoViewIfNeeded();
      await cell(index).hover();
      await cell(index).locator('.run-button-container .action-label').first().click();
    },
    webview: (selector) => findWebview(page, selector),
    statusItem: (text) => page.locator('.part.statusbar .statusbar-item').filter({ hasText: text }),
    notification: (text) => page.locator('.notification-toast, .notifications-center .notification-list-item').filter({ hasText: text }).first(),
    screenshot: async (name, theme = 'dark') => {
      const folder = path.join(cache, 'screenshots');
      mkdirSync(folder, { recursive: true });
      const file = path.join(folder, `${name}-${theme}.png`);
      await page.screenshot({ path: file });
      return file;
    },
    reload: async () => {
      const loaded = page.waitForEvent('load');
      // Unlike a reload of the page this one saves the layout first.
      await choose('F1', '>Developer: Reload Window', 'Developer: Reload Window');
      await loaded;
      await ready();
    },
    close: () => context.close(),
  };
}

/** Webviews are two frames deep, and several may be open: this is the one that shows the selector. */
async function findWebview(page: Page, selector: string): Promise<FrameLocator> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const outer = page.locator('iframe.webview.ready');
    for (let index = 0; index < (await outer.count()); index += 1) {
      const frame = outer.nth(index).contentFrame().frameLocator('#active-frame');
      const found = await frame.locator(selector).first().isVisible().catch(() => false);
      if (found) {
        return frame;
      }
    }
    if (Date.now() > deadline) {
      throw new Error(`no webview shows ${selector}`);
    }
    await page.waitForTimeout(100);
  }
}

/**
 * Starts a server and a browser, opens the window, does the work in it and ends them all. When the work fails, a picture of the
 * window is kept as `.cache/screenshots/failed-NAME-THEME.png`.
 */
export async function inWorkbench(
  name: string,
  options: CodeServerOptions & WorkbenchOptions,
  work: (workbench: Workbench, server: CodeServer) => Promise<void>,
): Promise<void> {
  const server = await startCodeServer(options);
  try {
    const browser = await launchBrowser();
    try {
      const workbench = await openWorkbench(browser, server, options);
      try {
        await work(workbench, server);
      } catch (error) {
        await workbench.screenshot(`failed-${name}`, options.theme);
        throw error;
      }
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}
