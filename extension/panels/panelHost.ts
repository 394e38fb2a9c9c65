import { type Disposable, type LogOutputChannel, Uri, type WebviewPanel } from 'vscode';
import type { PanelKind } from '../../server/contract/panelKind.ts';
import { messageFromPanel, type MessageFromPanel, type MessageToPanel, type PanelSubject } from '../../server/contract/panels.ts';
import type { Connection } from '../companion/connection.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { tickStep } from '../vscode/walkthrough.ts';
import { answerRequest, copyText } from './panelCalls.ts';
import { panelPage, panelRoots } from './panelPage.ts';

/** A panel that is open. Disposing it gives up what it still waits for. */
export interface HostedPanel extends Disposable {
  readonly panel: WebviewPanel;
  show(subject: PanelSubject): void;
}

export interface PanelSurroundings {
  readonly extensionUri: Uri;
  readonly connection: Connection;
  readonly log: LogOutputChannel;
  /** Shows a subject that is another panel's. */
  readonly openOther: (subject: PanelSubject) => void;
}

const icons: Readonly<Record<PanelKind, string>> = { compare: 'compare', registry: 'registry', monitoring: 'monitoring', releases: 'releases', fleet: 'fleet', promotion: 'promotion' };

export function titleOf(subject: PanelSubject): string {
  switch (subject.panel) {
    case 'compare':
      return subject.runIds.length === 1 ? 'Run' : 'Compare Runs';
    case 'registry':
      return subject.model ?? 'Models';
    case 'monitoring':
      return subject.endpoint === undefined ? 'Monitoring' : `Monitoring: ${subject.endpoint}`;
    case 'fleet':
      return 'Fleet';
    case 'promotion':
      return subject.id === undefined ? 'Promotions' : `Promotion ${subject.id}`;
    case 'releases':
      return subject.endpoint === undefined ? 'Releases' : `Releases: ${subject.endpoint}`;
  }
}

/** Puts the page of a panel into its webview and answers what it asks. */
export function hostPanel(panel: WebviewPanel, first: PanelSubject, { extensionUri, connection, log, openOther }: PanelSurroundings): HostedPanel {
  const kind = first.panel;
  const listeners = createDisposables();
  const running = new Map<number, AbortController>();
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
  const greet = async (): Promise<void> => {
    listening = true;
    post({ type: 'connection', connected: connection.state === 'running' });
    post({ type: 'show', subject });
    // The panel asks for what it shows as soon as it hears that the companion is there.
    await connection.available().catch((error: unknown) => log.warn(String(error)));
  };
  const answer = async (request: Extract<MessageFromPanel, { type: 'call' | 'command' | 'save' }>): Promise<void> => {
    const given = new AbortController();
    running.set(request.id, given);
    const message = await answerRequest(kind, request, connection, given.signal);
    if (request.type === 'call' && request.name === 'rollBack' && message.type === 'content') {
      tickStep('slipway.rolledBack');
    }
    running.delete(request.id);
    post(message);
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
        return greet();
      case 'copy':
        return copyText(message.text);
      case 'cancel':
        running.get(message.id)?.abort();
        return;
      case 'show':
        if (message.subject.panel === kind) {
          show(message.subject);
        } else {
          openOther(message.subject);
        }
        return;
      default:
        return answer(message);
    }
  };

  const icon = (theme: string): Uri => Uri.joinPath(extensionUri, 'media', 'icons', `${icons[kind]}-${theme}.svg`);
  panel.iconPath = { light: icon('light'), dark: icon('dark') };
  panel.webview.options = { enableScripts: true, localResourceRoots: panelRoots(extensionUri) };
  listeners.add(panel.webview.onDidReceiveMessage((value: unknown) => void receive(value)));
  listeners.add(connection.onDidReceive((event) => post({ type: 'event', event })));
  listeners.add(connection.onDidChangeState((state) => post({ type: 'connection', connected: state === 'running' })));
  panel.title = titleOf(subject);
  panel.webview.html = panelPage(panel.webview, extensionUri, subject, panel.title);
  return {
    panel,
    show,
    dispose() {
      listening = false;
      listeners.dispose();
      running.forEach((call) => call.abort());
    },
  };
}
