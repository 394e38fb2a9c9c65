import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { z } from 'zod';
import { api, type CallInput, type CallOutput } from '../../server/contract/api.ts';
import { errorBody, type ErrorBody } from '../../server/contract/errors.ts';
import type { CompanionEvent } from '../../server/contract/events.ts';
import { isCallOfPanel, messageFromPanel, panelCommands, type MessageToPanel, type PanelCall, type PanelSubject, type SavedFile } from '../../server/contract/panels.ts';
import type { PanelKind } from '../../server/contract/panelKind.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export type ThemeName = 'dark-modern' | 'light-modern' | 'high-contrast' | 'high-contrast-light';
export const themeNames: readonly ThemeName[] = ['dark-modern', 'light-modern', 'high-contrast', 'high-contrast-light'];

/** What the companion answers to a panel's calls. A call without an entry never gets an answer. */
export type Answers<P extends PanelKind> = { readonly [N in PanelCall<P>]?: (input: CallInput<N>) => CallOutput<N> | Promise<CallOutput<N>> };

/** Thrown by an answer: the panel gets a failure. */
export class Refusal extends Error {
  readonly error: ErrorBody['error'];

  constructor(error: ErrorBody['error']) {
    super(error.message);
    this.error = errorBody.shape.error.parse(error);
  }
}

export interface PanelSetup<P extends PanelKind> {
  readonly subject: Extract<PanelSubject, { panel: P }>;
  readonly answers: Answers<P>;
  readonly theme?: ThemeName;
  /** CSS pixels. */
  readonly width?: number;
  readonly height?: number;
  /** What an earlier panel left behind. */
  readonly state?: unknown;
  /** Lets `page.clock` move the page's timers on. */
  readonly clock?: boolean;
}

/** A panel in a browser page, with this process as its extension host. */
export interface OpenedPanel {
  readonly page: Page;
  /** Calls in the order in which they came, as `name`. */
  readonly calls: string[];
  /** Numbers of the calls that the panel gave up. */
  readonly cancelled: number[];
  readonly commands: { readonly command: string; readonly argument: unknown }[];
  readonly copied: string[];
  readonly saved: SavedFile[];
  readonly shown: PanelSubject[];
  /** Errors of the page and violations of its policy. */
  readonly problems: string[];
  readonly send: (message: MessageToPanel) => Promise<void>;
  readonly event: (event: CompanionEvent) => Promise<void>;
  readonly state: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export interface Harness {
  open<P extends PanelKind>(setup: PanelSetup<P>): Promise<OpenedPanel>;
  close(): Promise<void>;
}

const browserFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let running: { readonly harness: Promise<Harness>; users: number } | undefined;

/** A browser, and a server of the built bundles with a page like the one that the extension makes. Those who use it at once share it; the last one who closes it ends it. */
export async function startHarness(): Promise<Harness> {
  const shared = (running ??= { harness: startBrowser(), users: 0 });
  shared.users += 1;
  const harness = await shared.harness;
  return {
    open: (setup) => harness.open(setup),
    async close() {
      shared.users -= 1;
      if (shared.users === 0) {
        running = undefined;
        await harness.close();
      }
    },
  };
}

async function startBrowser(): Promise<Harness> {
  const server = await startServer();
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('The harness has no port.');
  }
  const browser = await chromium.launch({ executablePath: process.env['SLIPWAY_TEST_BROWSER'] ?? '/usr/bin/chromium', args: browserFlags });
  return {
    open: (setup) => openPanel(browser, address, setup),
    async close() {
      await browser.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };

async function startServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const kind = /^\/panel\/(?<kind>\w+)$/.exec(pathname)?.groups?.['kind'];
    if (kind !== undefined) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(pageOf(kind, searchParams.get('subject') ?? '', `http://${request.headers.host ?? ''}`));
      return;
    }
    const file = path.join(root, 'dist/webview', path.basename(pathname));
    readFile(file).then(
      (content) => {
        response.setHeader('Content-Type', types[path.extname(file)] ?? 'application/octet-stream');
        response.end(content);
      },
      () => {
        response.statusCode = 404;
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

const defaultStyles = `@layer vscode-default {
  body { background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
  a { color: var(--vscode-textLink-foreground); }
  code { font-family: var(--monaco-monospace-font); color: var(--vscode-textPreformat-foreground); background-color: var(--vscode-textPreformat-background); padding: 1px 3px; border-radius: 4px; }
  pre code { padding: 0; }
}`;

/** The same policy and order of files as in the extension; VS Code's own default styles come first, as in a webview. */
function pageOf(kind: string, subject: string, origin: string): string {
  const policy = `default-src 'none'; img-src ${origin} data:; font-src ${origin} data:; style-src ${origin} 'nonce-styles'; script-src 'nonce-panel'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="styles">
<link rel="icon" href="data:,">
<title>${kind}</title>
<style nonce="styles">${defaultStyles}</style>
<link rel="stylesheet" href="/codicon.css">
<link rel="stylesheet" href="/${kind}.css">
</head>
<body data-panel="${kind}" data-subject="${subject.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">
<div id="root"></div>
<script nonce="panel" src="/${kind}.js"></script>
</body>
</html>`;
}

const themeFile = z.object({ bodyClass: z.string(), attributes: z.record(z.string(), z.string()), variables: z.record(z.string(), z.string()) });

async function readTheme(name: ThemeName): Promise<z.infer<typeof themeFile>> {
  return themeFile.parse(JSON.parse(await readFile(path.join(root, 'test/webview/themes', `${name}.json`), 'utf8')));
}

async function openPanel<P extends PanelKind>(browser: Browser, address: AddressInfo, setup: PanelSetup<P>): Promise<OpenedPanel> {
  const { subject, answers, theme = 'dark-modern', width = 900, height = 900, state, clock = false } = setup;
  const context: BrowserContext = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  if (clock) {
    await page.clock.install();
  }
  const opened = { calls: [] as string[], commands: [] as { command: string; argument: unknown }[], copied: [] as string[], cancelled: [] as number[], saved: [] as SavedFile[], shown: [] as PanelSubject[], problems: [] as string[] };
  page.on('pageerror', (error) => opened.problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') {
      opened.problems.push(message.text());
    }
  });

  let closing = false;
  const send = async (message: MessageToPanel): Promise<void> => {
    await page.evaluate((content) => {
      window.postMessage(content, '*');
    }, message);
  };
  /** Bytes do not pass into the page as they are. */
  const sendContent = (id: number, text: string): Promise<void> =>
    page.evaluate(
      (content) => {
        window.postMessage({ type: 'content', id: content.id, json: new TextEncoder().encode(content.text).buffer }, '*');
      },
      { id, text },
    );
  const receive = async (value: unknown): Promise<void> => {
    const message = messageFromPanel.parse(value);
    switch (message.type) {
      case 'ready':
        await send({ type: 'show', subject });
        break;
      case 'copy':
        opened.copied.push(message.text);
        break;
      case 'save':
        opened.saved.push(message.file);
        await send({ type: 'answer', id: message.id, output: true });
        break;
      case 'show':
        opened.shown.push(message.subject);
        if (message.subject.panel === subject.panel) {
          await send({ type: 'show', subject: message.subject });
        }
        break;
      case 'command':
        opened.commands.push({ command: message.command, argument: argumentOf(message.command, message.argument) });
        await send({ type: 'answer', id: message.id, output: null });
        break;
      case 'cancel':
        opened.cancelled.push(message.id);
        break;
      case 'call':
        opened.calls.push(message.name);
        await answer(message.id, message.name, message.input);
        break;
    }
  };
  const answer = async (id: number, name: string, input: unknown): Promise<void> => {
    if (!isCallOfPanel(subject.panel, name)) {
      throw new Error(`The panel ${subject.panel} called ${name}, which the extension refuses.`);
    }
    const reply: unknown = Reflect.get(answers, name);
    if (typeof reply !== 'function') {
      return;
    }
    try {
      const parsed = z.unknown().parse(routeOf(name).input.parse(input));
      const output: unknown = await Reflect.apply(reply, undefined, [parsed]);
      await sendContent(id, JSON.stringify(output));
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      await send({ type: 'failure', id, error: error.error });
    }
  };

  const { bodyClass, attributes, variables } = await readTheme(theme);
  await page.exposeFunction('slipwayReceive', (value: unknown) => {
    receive(value).catch((error: unknown) => {
      // A panel that is being closed needs no answer.
      if (!closing) {
        opened.problems.push(String(error));
      }
    });
  });
  await page.addInitScript(
    ({ initial, look }) => {
      let kept: unknown = initial;
      Reflect.set(window, 'slipwayState', () => kept);
      Reflect.set(window, 'acquireVsCodeApi', () => ({
        postMessage: (message: unknown) => {
          Reflect.apply(Reflect.get(window, 'slipwayReceive') as (value: unknown) => void, window, [message]);
        },
        getState: () => kept,
        setState: (next: unknown) => {
          kept = JSON.parse(JSON.stringify(next));
        },
      }));
      const dress = (): void => {
        for (const [name, value] of Object.entries(look.variables)) {
          document.documentElement.style.setProperty(name, value);
        }
        if (document.body !== null) {
          document.body.className = look.bodyClass;
          for (const [name, value] of Object.entries(look.attributes)) {
            document.body.setAttribute(name, value);
          }
        }
      };
      new MutationObserver((_, observer) => {
        if (document.body !== null) {
          observer.disconnect();
          dress();
        }
      }).observe(document, { childList: true, subtree: true });
    },
    { initial: state, look: { bodyClass, attributes, variables } },
  );
  await page.goto(`http://127.0.0.1:${address.port}/panel/${subject.panel}?subject=${encodeURIComponent(JSON.stringify(subject))}`);
  return {
    page,
    ...opened,
    send,
    event: (event) => send({ type: 'event', event }),
    state: () => page.evaluate(() => Reflect.apply(Reflect.get(window, 'slipwayState') as () => unknown, window, [])),
    close: () => {
      closing = true;
      return context.close();
    },
  };
}

function routeOf(name: string): { readonly input: z.ZodType; readonly output: z.ZodType } {
  const route = Object.entries(api).find(([key]) => key === name)?.[1];
  if (route === undefined) {
    throw new Error(`There is no call ${name}.`);
  }
  return route;
}

function argumentOf(command: string, argument: unknown): unknown {
  const schema = Object.entries(panelCommands).find(([key]) => key === command)?.[1];
  if (schema === undefined) {
    throw new Error(`There is no panel command ${command}.`);
  }
  return schema.parse(argument);
}
