import { type Disposable, type LogOutputChannel, window } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import type { Panels } from '../panels/panels.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';
import { createLossNotices, type LossNotice } from './lossNotices.ts';

const openMonitoring = 'Open Monitoring';

/** Tells when requests to an endpoint are answered and not logged, in whatever window, and what was missed when they are logged again. */
export function tellLosses(
  connection: Pick<Connection, 'call' | 'onDidChangeState' | 'onDidReceive'>,
  panels: Pick<Panels, 'open'>,
  log: Pick<LogOutputChannel, 'warn'>,
): Disposable {
  const notices = createLossNotices();

  const show = async (notice: LossNotice | undefined): Promise<void> => {
    if (notice === undefined) {
      return;
    }
    const { endpoint, severity, text } = notice;
    log.warn(text);
    const pressed = await (severity === 'warning' ? window.showWarningMessage(text, openMonitoring) : window.showInformationMessage(text, openMonitoring));
    if (pressed === openMonitoring) {
      panels.open({ panel: 'monitoring', endpoint });
    }
  };
  const look = (asked: () => Promise<void>): void => {
    asked().catch((error: unknown) => log.warn(`losses of inference logs: ${describeFailure(error)}`));
  };

  const disposables = createDisposables();
  disposables.add(
    connection.onDidChangeState((state) => {
      if (state === 'running') {
        look(async () => {
          const { endpoints } = await connection.call('listEndpoints', {});
          await Promise.all(endpoints.map((endpoint) => show(notices.of(endpoint, false))));
        });
      }
    }),
  );
  disposables.add(
    connection.onDidReceive((event) => {
      if (event.topic === 'log-loss') {
        look(async () => show(notices.of(await connection.call('getEndpoint', { name: event.endpoint }), true)));
      }
    }),
  );
  return disposables;
}
