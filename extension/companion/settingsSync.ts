import { type Disposable, type LogOutputChannel, window, workspace } from 'vscode';
import { api, type CallInput } from '../../server/contract/api.ts';
import { settingNames, settingOf } from '../../server/contract/settings.ts';
import { describeFailure } from '../vscode/failures.ts';
import { createDisposables } from '../vscode/disposables.ts';
import type { Connection } from './connection.ts';

type Changes = CallInput<'changeSettings'>;

/** The name in VS Code, below `slipway`, of a setting of the contract; of anything else its own. */
export function settingName(key: string): string {
  const known = settingNames.find((name) => name === key);
  return known === undefined ? key : settingOf(known).contributedAs;
}

/** What the user set in VS Code; what is not set there stays as the command line or another window left it. */
function configured(): Record<string, unknown> {
  const configuration = workspace.getConfiguration('slipway');
  const values = settingNames.map((key): [string, unknown] => [key, configuration.inspect(settingName(key))?.globalValue]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Brings the companion's settings in line with VS Code's: on each connection, and when the user changes one. */
export function syncSettings(connection: Connection, log: LogOutputChannel): Disposable {
  const send = async (values: Record<string, unknown>): Promise<void> => {
    const changes = api.changeSettings.input.safeParse(values);
    if (!changes.success) {
      const problem = changes.error.issues.map(({ path, message }) => `slipway.${settingName(path.join('.'))} ${message}`).join('; ');
      log.warn(`settings: ${problem}`);
      void window.showErrorMessage(`${problem}.`);
      return;
    }
    const wanted: Changes = changes.data;
    if (Object.keys(wanted).length > 0) {
      await connection.call('changeSettings', wanted).catch((error: unknown) => log.warn(`settings: ${describeFailure(error)}`));
    }
  };
  const disposables = createDisposables();
  disposables.add(
    connection.onDidChangeState((state) => {
      if (state === 'running') {
        void send(configured());
      }
    }),
  );
  disposables.add(
    workspace.onDidChangeConfiguration((event) => {
      const configuration = workspace.getConfiguration('slipway');
      const changed = settingNames.filter((key) => event.affectsConfiguration(`slipway.${settingName(key)}`));
      if (connection.state === 'running' && changed.length > 0) {
        void send(Object.fromEntries(changed.map((key) => [key, configuration.get(settingName(key))])));
      }
    }),
  );
  return disposables;
}
