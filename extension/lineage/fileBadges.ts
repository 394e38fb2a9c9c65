import { type Disposable, EventEmitter, FileDecoration, type LogOutputChannel, type Uri, window } from 'vscode';
import { fileBadge } from '../../server/contract/format/lineage.ts';
import type { Fed } from '../../server/contract/lineage.ts';
import type { Connection } from '../companion/connection.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';

/** Changes come in bursts: a rollout tells of each of its steps. */
const restMilliseconds = 2000;

/** Badges in the Explorer on the files that versions were trained on. They ask nothing while no companion runs. */
export function showFileBadges(connection: Pick<Connection, 'call' | 'state' | 'onDidChangeState' | 'onDidReceive'>, log: Pick<LogOutputChannel, 'warn'>): Disposable {
  const changed = new EventEmitter<undefined>();
  const disposables = createDisposables();
  let byPath: ReadonlyMap<string, readonly Fed[]> = new Map();
  let timer: NodeJS.Timeout | undefined;

  const read = async (): Promise<void> => {
    const { fed } = await connection.call('listFed', {});
    const found = new Map<string, Fed[]>();
    for (const each of fed) {
      found.set(each.file.path, [...(found.get(each.file.path) ?? []), each]);
    }
    byPath = found;
    changed.fire(undefined);
  };
  const readSoon = (milliseconds: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (connection.state === 'running') {
        read().catch((error: unknown) => log.warn(`what data files feed: ${describeFailure(error)}`));
      }
    }, milliseconds);
  };

  disposables.add(changed);
  disposables.add(connection.onDidChangeState((state) => (state === 'running' ? readSoon(0) : undefined)));
  disposables.add(connection.onDidReceive(({ topic }) => (topic === 'model' || topic === 'endpoint' ? readSoon(restMilliseconds) : undefined)));
  disposables.add({ dispose: () => clearTimeout(timer) });
  disposables.add(
    window.registerFileDecorationProvider({
      onDidChangeFileDecorations: changed.event,
      provideFileDecoration(uri: Uri): FileDecoration | undefined {
        const found = uri.scheme === 'file' || uri.scheme === 'vscode-remote' ? fileBadge(byPath.get(uri.fsPath) ?? []) : undefined;
        return found === undefined ? undefined : new FileDecoration(found.badge, found.tooltip);
      },
    }),
  );
  return disposables;
}
