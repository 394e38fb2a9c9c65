import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { env, type NotebookDocument, Uri, window, workspace, type WorkspaceFolder } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { NotebookConnection } from '../../server/contract/companion.ts';
import { subjectAs } from '../vscode/commands.ts';
import { chosen, type Choice, confirm, pickOne } from '../vscode/prompts.ts';
import { addDotenvToGitignore, addToPath, ignoresDotenv, setVariable } from './dotenv.ts';
import { insertCell, replaceCell } from './insertCell.ts';
import { activeNotebook } from './notebookOf.ts';
import { recordedPath } from './recordedFile.ts';

const ways = ['kernel', 'dotenv', 'cell', 'copy'] as const;
const connectSubject = z.object({ way: z.enum(ways) });
type Way = (typeof ways)[number];

const title = 'Slipway: Connect Notebook';

/** Makes `mlflow` in a notebook's kernel log to the companion, in the way that the user chooses. */
export async function connectNotebook(app: App, subject: unknown): Promise<Way | undefined> {
  const notebook = await activeNotebook(title);
  const folder = folderOf(notebook);
  const way = subjectAs(connectSubject, subject)?.way ?? chosen(await pickOne({ title, placeholder: placeholder(app) }, choices(notebook, folder)));
  if (way === 'kernel') {
    return notebook === undefined ? undefined : byKernel(app, notebook);
  }
  if (way === undefined) {
    return undefined;
  }
  const connection = await app.connection.call('getNotebookConnection', notebook === undefined ? {} : { notebook: recordedPath(notebook) });
  switch (way) {
    case 'dotenv':
      return folder === undefined ? undefined : byDotenv(folder, connection);
    case 'cell':
      return notebook === undefined ? undefined : byCell(notebook, connection);
    case 'copy':
      await env.clipboard.writeText(connection.trackingUriWithToken);
      void window.showInformationMessage('Copied the tracking URI. It holds the access token of your companion: do not share it.');
      return way;
  }
}

function folderOf(notebook: NotebookDocument | undefined): WorkspaceFolder | undefined {
  return (notebook === undefined ? undefined : workspace.getWorkspaceFolder(notebook.uri)) ?? workspace.workspaceFolders?.[0];
}

function placeholder({ kernels }: App): string {
  return kernels.areConnected ? 'Kernels that start in this window log to the companion by themselves; there are other ways' : 'How should mlflow in the kernel find the companion?';
}

function choices(notebook: NotebookDocument | undefined, folder: WorkspaceFolder | undefined): Choice<Way>[] {
  return [
    ...(notebook === undefined
      ? []
      : [{ label: 'The kernel that runs', description: 'for this notebook', detail: 'Through the Jupyter extension, which asks the first time; nothing is written', icon: 'plug', value: 'kernel' as const }]),
    ...(folder === undefined
      ? []
      : [
          {
            label: 'By the workspace’s .env file',
            description: 'for all notebooks of the folder',
            detail: `Sets MLFLOW_TRACKING_URI, its login and PYTHONPATH in ${folder.name}/.env; kernels started from now on read it`,
            icon: 'gear',
            value: 'dotenv' as const,
          },
        ]),
    ...(notebook === undefined
      ? []
      : [
          {
            label: 'By a cell',
            description: 'for this notebook',
            detail: 'Puts a cell on top that calls mlflow.set_tracking_uri; works in the running kernel',
            icon: 'notebook',
            value: 'cell' as const,
          },
        ]),
    { label: 'Copy the tracking URI', detail: 'For a script, a terminal or another editor', icon: 'copy', value: 'copy' },
  ];
}

async function byKernel({ kernels }: App, notebook: NotebookDocument): Promise<Way> {
  const name = path.basename(recordedPath(notebook));
  const connected = await kernels.connect(notebook);
  const said = {
    true: `mlflow in the kernel of ${name} logs to the companion.`,
    false: `The kernel of ${name} could not be told. Connect it by a cell, or restart it.`,
    undefined: `No kernel of ${name} could be told. ${kernels.areConnected ? 'One that starts from now on logs to the companion.' : 'Connect it by a cell.'}`,
  } as const;
  void window.showInformationMessage(said[`${connected}`]);
  return 'kernel';
}

async function readText(uri: Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await workspace.fs.readFile(uri));
  } catch {
    return undefined;
  }
}

async function byDotenv(folder: WorkspaceFolder, { environment, pythonPath }: NotebookConnection): Promise<Way> {
  const file = Uri.joinPath(folder.uri, '.env');
  const before = (await readText(file)) ?? '';
  const connected = Object.entries(environment).reduce((text, [name, value]) => setVariable(text, name, value), before);
  const after = addToPath(connected, 'PYTHONPATH', pythonPath, path.delimiter);
  if (after !== before) {
    await workspace.fs.writeFile(file, new TextEncoder().encode(after));
    await closeToOthers(file);
  }
  await offerGitignore(folder);
  const open = 'Open .env';
  void window.showInformationMessage('The .env file now names the companion. Restart the kernel so that it reads the file.', open).then(async (picked) => {
    if (picked === open) {
      await window.showTextDocument(file);
    }
  });
  return 'dotenv';
}

/** The file holds the companion's token; file systems of other kinds have no modes, or none that could be set from here. */
async function closeToOthers(file: Uri): Promise<void> {
  if (file.scheme === 'file') {
    await chmod(file.fsPath, 0o600).catch(() => undefined);
  }
}

/** The file holds the companion's token, which must not be committed. */
async function offerGitignore(folder: WorkspaceFolder): Promise<void> {
  const isRepository = await workspace.fs.stat(Uri.joinPath(folder.uri, '.git')).then(() => true, () => false);
  const file = Uri.joinPath(folder.uri, '.gitignore');
  const gitignore = (await readText(file)) ?? '';
  if (!isRepository || ignoresDotenv(gitignore)) {
    return;
  }
  const detail = 'The .env file now holds the access token of your companion. Git would commit it as it is.';
  if (await confirm('Add .env to .gitignore?', detail, 'Add to .gitignore')) {
    await workspace.fs.writeFile(file, new TextEncoder().encode(addDotenvToGitignore(gitignore)));
  }
}

const connectingCell = /^# Slipway: log to the local companion$/m;

async function byCell(notebook: NotebookDocument, { cell: source }: NotebookConnection): Promise<Way> {
  const existing = notebook.getCells().find((cell) => connectingCell.test(cell.document.getText()));
  if (existing === undefined) {
    await insertCell(notebook, 0, source);
  } else if (existing.document.getText() !== source) {
    await replaceCell(existing, source);
  }
  void window.showInformationMessage('Run the cell on top of the notebook: mlflow in its kernel then logs to the companion.');
  return 'cell';
}
