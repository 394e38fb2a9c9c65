import { type Command, type Disposable, type LogOutputChannel, MarkdownString, StatusBarAlignment, ThemeColor, type TreeView, window } from 'vscode';
import { attentionOfAll, type Attention } from '../../server/contract/attention.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Connection } from '../companion/connection.ts';
import { coalesce } from '../vscode/coalesce.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';
import { escapeMarkdown } from '../vscode/format.ts';

const quietMilliseconds = 250;

/**
 * Keeps in view what waits for a person or has failed, however long ago its message was closed: an item of the status bar that leads to the
 * endpoint, and the number of such endpoints as badge of the view.
 */
export function showAttention(connection: Pick<Connection, 'call' | 'onDidChangeState' | 'onDidReceive'>, view: Pick<TreeView<unknown>, 'badge'>, log: Pick<LogOutputChannel, 'warn'>): Disposable {
  const disposables = createDisposables();
  const item = disposables.add(window.createStatusBarItem('slipway.attention', StatusBarAlignment.Left, 49));
  item.name = 'Slipway: Endpoints that Need You';

  const show = (all: readonly Attention[]): void => {
    const [first, ...others] = all;
    view.badge = first === undefined ? undefined : { value: all.length, tooltip: all.map(inWords).join('\n') };
    if (first === undefined) {
      item.hide();
      return;
    }
    const text = others.length === 0 ? `${first.endpoint}: ${first.title}` : `${plural(all.length, 'endpoint')} need you`;
    item.text = `$(${first.kind === 'waits' ? 'debug-pause' : 'warning'}) ${text}`;
    item.tooltip = new MarkdownString(all.map((one) => escapeMarkdown(inWords(one))).join('\n\n'));
    item.accessibilityInformation = { label: `Slipway: ${all.map(inWords).join(' ')}`, role: 'button' };
    item.backgroundColor = new ThemeColor('statusBarItem.warningBackground');
    item.command = others.length === 0 ? whereItIs(first) : { command: 'slipway.openFleet', title: 'Open Fleet' };
    item.show();
  };
  const look = async (): Promise<void> => {
    try {
      const [{ endpoints }, { incidents }, { promotions }] = await Promise.all([connection.call('listEndpoints', {}), connection.call('listIncidents', {}), connection.call('listPromotions', {})]);
      show(attentionOfAll(endpoints, incidents, promotions, Date.now()));
    } catch (error) {
      log.warn(`endpoints that need somebody: ${describeFailure(error)}`);
    }
  };

  const looks = disposables.add(coalesce<'endpoints'>(quietMilliseconds, () => void look()));
  disposables.add(
    connection.onDidChangeState((state) => {
      if (state === 'running') {
        looks.soon('endpoints');
      } else {
        show([]);
      }
    }),
  );
  disposables.add(
    connection.onDidReceive(({ topic }) => {
      if (topic === 'endpoint' || topic === 'rollout' || topic === 'incident' || topic === 'promotion' || topic === 'gates' || topic === 'policy') {
        looks.soon('endpoints');
      }
    }),
  );
  return disposables;
}

function whereItIs({ endpoint, incident, promotion }: Attention): Command {
  if (incident !== undefined) {
    return { command: 'slipway.openIncident', title: 'Open Incident', arguments: [{ incident }] };
  }
  return promotion === undefined ? { command: 'slipway.openReleases', title: 'Open Releases', arguments: [{ endpoint }] } : { command: 'slipway.openPromotion', title: 'Open Promotion', arguments: [{ id: promotion }] };
}

function inWords({ endpoint, words }: Attention): string {
  return `${endpoint}: ${words}`;
}
