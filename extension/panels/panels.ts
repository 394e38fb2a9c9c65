import { type Disposable, type ExtensionContext, type LogOutputChannel, Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import { messageFromPanel, type MessageToPanel, panelKind, type PanelKind, panelSubject, type PanelSubject } from '../../server/contract/panels.ts';
import type { Connection } from '../companion/connection.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { answerRequest, copyText } from './panelCalls.ts';
import { panelPage, panelRoots } from './panelPage.ts';

/** The panels beside the code. */
export interface Panels extends Disposable {
  /** Shows a panel; one of the same kind that is open shows the new subject. */
  open(subject: PanelSubject): void;
  /** True while any of them can be seen. */
  readonly visible: boolean;
}

interface OpenPanel {
  readonly panel: WebviewPanel;
  show(subject: PanelSubject): void;
}

const icons: Readonly<Record<PanelKind, string>> = { compare: 'compare', registry: 'registry', monitoring: 'monitoring', releases: 'releases' };

function viewType(kind: PanelKind): string {
  return `slipway.${kind}`;
}

function titleOf(subject: PanelSubject): string {
  switch (subject.panel) {
    case 'compare':
      return subject.runIds.length === 1 ? 'Run' : 'Compare Runs';
    case 'registry':
      return subject.model ?? 'Models';
    case 'monitoring':
      return subject.endpoint === undefined ? 'Monitoring' : `Monitoring: ${subject.endpoint}`;
    case 'releases':
      return subject.endpoint === undefined ? 'Releases' : `Releases: ${subject.endpoint}`;
  }
}

const emptySubjects: Readonly<Record<PanelKind, PanelSubject>> = {
  compare: { panel: 'compare', runIds: [] },
  registry: { panel: 'registry' },
  monitoring: { panel: 'monitoring' },
  releases: { panel: 'releases' },
};

/** Registers the panels, which come back after a reload with the subject that they had. */
export function createPanels(context: ExtensionContext, connection: Connection, log: LogOutputChannel): Panels {
  const open = new Map<PanelKind, OpenPanel>();
  const registrations = createDisposables();

  const host = (panel: WebviewPanel, first: PanelSubject): void => {
    const kind = first.panel;
    const listeners = createDisposables();
    let subject = first;
    let listening = false;
    const post = (message: MessageToPanel): void => {
      if (listening) {
        void panel.webview.postMessage(message);
      }
    };
    const show = (next: PanelSubject): void => {
      subject = next;
      panel.title = titleOf(next);
      post({ type: 'show', subject });
    };
    const receive = async (value: unknown): Promise<void> => {
      const parsed = messageFromPanel.safeParse(value);
      if (!parsed.success) {
        log.warn(`panel ${kind}: ${parsed.error.message}`);
        return;
      }
      const message = parsed.data;
      switch (message.type) {
        case 'ready':
          listening = true;
          post({ type: 'connection', connected: connection.state === 'running' });
          post({ type: 'show', subject });
          // The panel asks for what it shows as soon as it hears that the companion is there.
          await connection.available().catch((error: unknown) => log.warn(String(error)));
          return;
        case 'copy':
          await copyText(message.text);
          return;
        case 'show':
          if (message.subject.panel === kind) {
            show(message.subject);
          } else {
            panels.open(message.subject);
          }
          return;
        default:
          post(await answerRequest(kind, message, connection));
      }
    };
    panel.iconPath = {
      light: Uri.joinPath(context.extensionUri, 'media', 'icons', `${icons[kind]}-light.svg`),
      dark: Uri.joinPath(context.extensionUri, 'media', 'icons', `${icons[kind]}-dark.svg`),
    };
    panel.webview.options = { enableScripts: true, localResourceRoots: panelRoots(context.extensionUri) };
    listeners.add(panel.webview.onDidReceiveMessage((value: unknown) => void receive(value)));
    listeners.add(connection.onDidReceive((event) => post({ type: 'event', event })));
    listeners.add(connection.onDidChangeState((state) => post({ type: 'connection', connected: state === 'running' })));
    panel.onDidDispose(() => {
      listeners.dispose();
      if (open.get(kind)?.panel === panel) {
        open.delete(kind);
      }
    });
    open.set(kind, { panel, show });
    panel.title = titleOf(subject);
    panel.webview.html = panelPage(panel.webview, context.extensionUri, subject, panel.title);
  };

  /** Beside the code at first, then where the panels are: each in a column of its own would leave none wide enough. */
  const column = (): ViewColumn => [...open.values()].map(({ panel }) => panel.viewColumn).find((shown) => shown !== undefined) ?? ViewColumn.Beside;

  const panels: Panels = {
    get visible() {
      return [...open.values()].some(({ panel }) => panel.visible);
    },
    open(subject) {
      const shown = open.get(subject.panel);
      if (shown !== undefined) {
        shown.show(subject);
        shown.panel.reveal(undefined, false);
        return;
      }
      host(window.createWebviewPanel(viewType(subject.panel), titleOf(subject), { viewColumn: column(), preserveFocus: false }), subject);
    },
    dispose() {
      registrations.dispose();
      for (const { panel } of [...open.values()]) {
        panel.dispose();
      }
    },
  };

  for (const kind of panelKind.options) {
    registrations.add(
      window.registerWebviewPanelSerializer(viewType(kind), {
        deserializeWebviewPanel(panel, state: unknown) {
          const parsed = panelSubject.safeParse(state);
          const previous = open.get(kind);
          host(panel, parsed.success && parsed.data.panel === kind ? parsed.data : emptySubjects[kind]);
          previous?.panel.dispose();
          return Promise.resolve();
        },
      }),
    );
  }
  return panels;
}
