import path from 'node:path';
import { commands, type Disposable, type Memento, type NotebookDocument, Uri, window, workspace } from 'vscode';
import { windowSettings } from '../vscode/configuration.ts';
import { createDisposables } from '../vscode/disposables.ts';
import type { NotebookAttachment } from './attachment.ts';
import { recordedFile, recordedPath } from './recordedFile.ts';
import { type KernelConnections, setConnectKernels } from './connectKernels.ts';

const toldKey = 'slipway.strayStoresTold';
/** MLflow 3 makes a database and a folder of artifacts beside the notebook; older ones make the folder alone. */
const stores = '**/{mlflow.db,mlruns}';

/** A notebook that chooses its store itself is left alone. */
function choosesItsStore(notebook: NotebookDocument): boolean {
  return notebook.getCells().some((cell) => /\bset_tracking_uri\s*\(/.test(cell.document.getText()));
}

/** Where a kernel works: beside its notebook, or in the workspace's folder. */
function worksIn(notebook: NotebookDocument, folder: string): boolean {
  return path.dirname(recordedPath(notebook)) === folder || workspace.getWorkspaceFolder(recordedFile(notebook) ?? notebook.uri)?.uri.fsPath === folder;
}

async function exists(uri: Uri): Promise<boolean> {
  return workspace.fs.stat(uri).then(() => true, () => false);
}

/** Says once for each folder that mlflow of a recorded notebook logs to files beside it, and offers to connect its kernel and to import what is there. */
export function offerStrayStores(notebooks: NotebookAttachment, kernels: KernelConnections, memory: Memento): Disposable {
  const disposables = createDisposables();
  const told = new Set<string>(memory.get<string[]>(toldKey, []));

  const offer = async (made: Uri): Promise<void> => {
    const folder = path.dirname(made.fsPath);
    const notebook = workspace.notebookDocuments.find((one) => notebooks.state(one).progress.runId !== undefined && worksIn(one, folder) && !choosesItsStore(one));
    if (notebook === undefined || told.has(folder)) {
      return;
    }
    told.add(folder);
    const connect = 'Connect and Import';
    const never = 'Not in This Folder';
    const question = `mlflow in ${path.basename(recordedPath(notebook))} logs to ${path.basename(made.fsPath)} beside it, so Slipway does not show these runs.`;
    const answer = await window.showInformationMessage(question, connect, never);
    if (answer === never) {
      await memory.update(toldKey, [...memory.get<string[]>(toldKey, []), folder]);
    }
    if (answer === connect) {
      // The folder of artifacts comes before the database, or after it.
      const database = Uri.joinPath(made, '..', 'mlflow.db');
      await connectAndImport(kernels, notebook, (await exists(database)) ? database : made);
    }
  };

  const watcher = disposables.add(workspace.createFileSystemWatcher(stores, false, true, true));
  disposables.add(watcher.onDidCreate((made) => void offer(made)));
  return disposables;
}

async function connectAndImport(kernels: KernelConnections, notebook: NotebookDocument, store: Uri): Promise<void> {
  if (!windowSettings().connectKernels) {
    await setConnectKernels(true);
  }
  if ((await kernels.connect(notebook)) !== true) {
    void window.showInformationMessage(`Restart the kernel of ${path.basename(recordedPath(notebook))}: mlflow in it then logs to the companion.`);
  }
  await commands.executeCommand('slipway.importFromMlflow', { location: store.fsPath, confirmed: true });
}
