import { commands, type Disposable, type LogOutputChannel, window } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';

const open = 'Open Incident';

/** Tells a critical incident once, in the window that is worked in, when it opens; everything else stays with the status bar and the channels. */
export function tellIncidents(connection: Pick<Connection, 'call' | 'onDidReceive'>, log: Pick<LogOutputChannel, 'warn'>): Disposable {
  const told = new Set<number>();
  const since = Date.now();
  const look = async (endpoint: string): Promise<void> => {
    const { incidents } = await connection.call('listIncidents', { endpoint });
    for (const incident of incidents.filter(({ id, state, severity, openedAt }) => state === 'open' && severity === 'critical' && openedAt >= since && !told.has(id))) {
      told.add(incident.id);
      if (window.state.focused && (await window.showWarningMessage(`${endpoint}: ${incident.title}`, open)) === open) {
        await commands.executeCommand('slipway.openIncident', { incident: incident.id });
      }
    }
  };
  const disposables = createDisposables();
  disposables.add(
    connection.onDidReceive((event) => {
      if (event.topic === 'incident') {
        look(event.endpoint).catch((error: unknown) => log.warn(`incidents: ${describeFailure(error)}`));
      }
    }),
  );
  return disposables;
}
