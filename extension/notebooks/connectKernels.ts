import { ConfigurationTarget, type Disposable, type ExtensionContext, type LogOutputChannel, type NotebookDocument, workspace } from 'vscode';
import type { NotebookConnection } from '../../server/contract/companion.ts';
import type { Connection } from '../companion/connection.ts';
import { windowSettings } from '../vscode/configuration.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';
import { createInheritedEnvironment } from './inheritedEnvironment.ts';
import { connectStartedKernel } from './kernelConnection.ts';
import { isWork } from './recordedFile.ts';

/** How the kernels of this window find the companion without being told. */
export interface KernelConnections extends Disposable {
  /** Whether kernels that start find the companion in their environment. */
  readonly areConnected: boolean;
  /**
   * Connects the kernel of a notebook because the user asks for it.
   * @returns whether its mlflow logs to the companion; undefined where no kernel could be told: kernels that start from now on are connected
   */
  connect(notebook: NotebookDocument): Promise<boolean | undefined>;
}

function isWanted(): boolean {
  return workspace.isTrusted && windowSettings().connectKernels;
}

/** Turns it on or off for this user. */
export async function setConnectKernels(on: boolean): Promise<void> {
  await workspace.getConfiguration('slipway').update('connectKernels', on, ConfigurationTarget.Global);
}

/**
 * Gives kernels and terminals of a trusted workspace the companion's address as soon as it is known: a notebook that is opened starts the companion where
 * views may do so. Kernels that had started before are told through the Jupyter extension, which asks the user the first time.
 */
export function connectKernels(context: ExtensionContext, connection: Connection, log: LogOutputChannel): KernelConnections {
  const disposables = createDisposables();
  const environment = createInheritedEnvironment(context.environmentVariableCollection, process.env);
  const earlier = new Set<string>();

  const tell = (notebook: NotebookDocument, found: NotebookConnection, asked: boolean): Promise<boolean | undefined> =>
    connectStartedKernel(notebook, context.extensionUri, { connection: found, earlier: [...earlier], asked });

  const read = async (): Promise<NotebookConnection> => {
    const found = await connection.call('getNotebookConnection', {});
    const known = environment.current?.trackingUri;
    if (isWanted() && environment.isFree) {
      environment.set(found);
      if (known !== undefined) {
        earlier.add(known);
      }
      earlier.delete(found.trackingUri);
      if (known !== found.trackingUri) {
        await Promise.all(workspace.notebookDocuments.filter(isWork).map((notebook) => tell(notebook, found, false)));
      }
    }
    return found;
  };

  const refresh = async (): Promise<void> => {
    try {
      if (!isWanted()) {
        environment.clear();
      } else if (environment.isFree && connection.state === 'running') {
        await read();
      } else if (environment.isFree && workspace.notebookDocuments.some(isWork)) {
        await connection.available();
      }
    } catch (error) {
      log.warn(`connecting kernels: ${describeFailure(error)}`);
    }
  };

  disposables.add(connection.onDidChangeState((state) => void (state === 'running' ? refresh() : undefined)));
  disposables.add(workspace.onDidOpenNotebookDocument((notebook) => void (isWork(notebook) && environment.current === undefined ? refresh() : undefined)));
  disposables.add(workspace.onDidGrantWorkspaceTrust(() => void refresh()));
  disposables.add(workspace.onDidChangeConfiguration((event) => void (event.affectsConfiguration('slipway.connectKernels') ? refresh() : undefined)));
  disposables.add({ dispose: () => environment.clear() });
  void refresh();
  return {
    get areConnected() {
      return environment.current !== undefined;
    },
    async connect(notebook) {
      await connection.connect();
      return tell(notebook, await read(), true);
    },
    dispose() {
      disposables.dispose();
    },
  };
}
