import { setTimeout as delay } from 'node:timers/promises';
import { type Disposable, type ExtensionContext, type LogOutputChannel, type Tab, ViewColumn, type WebviewPanel, window } from 'vscode';
import { panelKind, type PanelKind } from '../../server/contract/panelKind.ts';
import { panelSubject, type PanelSubject } from '../../server/contract/panels.ts';
import type { Connection } from '../companion/connection.ts';
import { tellShown } from '../roadSteps.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { type HostedPanel, hostPanel, titleOf } from './panelHost.ts';
import { restoredTab, showTab } from './restoredTab.ts';

/** The panels beside the code. */
export interface Panels extends Disposable {
  /** Shows a panel; one of the same kind that is open shows the new subject. */
  open(subject: PanelSubject): void;
  /** True while any of them can be seen. */
  readonly visible: boolean;
}

function viewType(kind: PanelKind): string {
  return `slipway.${kind}`;
}

const emptySubjects: Readonly<Record<PanelKind, PanelSubject>> = {
  compare: { panel: 'compare', runIds: [] },
  registry: { panel: 'registry' },
  monitoring: { panel: 'monitoring' },
  releases: { panel: 'releases' },
  fleet: { panel: 'fleet' },
  promotion: { panel: 'promotion' },
};

/** VS Code makes the page of a tab as soon as it is shown; a busy machine takes its time. */
const restoreMilliseconds = 5000;

/** Registers the panels, which come back after a reload with the subject that they had. */
export function createPanels(context: ExtensionContext, connection: Connection, log: LogOutputChannel): Panels {
  const open = new Map<PanelKind, HostedPanel>();
  /** Subjects for panels that came back after a reload and are about to be shown. */
  const wanted = new Map<PanelKind, PanelSubject>();
  const registrations = createDisposables();

  const host = (panel: WebviewPanel, first: PanelSubject): void => {
    const kind = first.panel;
    const hosted = hostPanel(panel, first, { extensionUri: context.extensionUri, connection, log, openOther: (subject) => panels.open(subject) });
    open.set(kind, hosted);
    panel.onDidDispose(() => {
      hosted.dispose();
      if (open.get(kind) === hosted) {
        open.delete(kind);
      }
    });
  };

  /** Beside the code at first, then where the panels are: each in a column of its own would leave none wide enough. */
  const column = (): ViewColumn => [...open.values()].map(({ panel }) => panel.viewColumn).find((shown) => shown !== undefined) ?? ViewColumn.Beside;

  const create = (subject: PanelSubject): void => {
    host(window.createWebviewPanel(viewType(subject.panel), titleOf(subject), { viewColumn: column(), preserveFocus: false }), subject);
  };

  /** Shows a panel that came back after a reload; without one that does, the subject gets a panel of its own. */
  const showRestored = async (tab: Tab, kind: PanelKind): Promise<void> => {
    try {
      await showTab(tab);
      await delay(restoreMilliseconds);
    } catch (error) {
      log.warn(`panel ${kind}: ${String(error)}`);
    }
    const subject = wanted.get(kind);
    wanted.delete(kind);
    if (subject !== undefined) {
      create(subject);
    }
  };

  const panels: Panels = {
    get visible() {
      return [...open.values()].some(({ panel }) => panel.visible);
    },
    open(subject) {
      tellShown(subject);
      const shown = open.get(subject.panel);
      if (shown !== undefined) {
        shown.show(subject);
        shown.panel.reveal(undefined, false);
        return;
      }
      const restored = restoredTab(viewType(subject.panel));
      const isComing = wanted.has(subject.panel);
      if (restored === undefined) {
        create(subject);
        return;
      }
      wanted.set(subject.panel, subject);
      if (!isComing) {
        void showRestored(restored, subject.panel);
      }
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
          host(panel, wanted.get(kind) ?? (parsed.success && parsed.data.panel === kind ? parsed.data : emptySubjects[kind]));
          wanted.delete(kind);
          previous?.panel.dispose();
          return Promise.resolve();
        },
      }),
    );
  }
  return panels;
}
