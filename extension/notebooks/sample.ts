import { commands, Uri, window, workspace } from 'vscode';
import type { App } from '../app.ts';
import { chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { openWalkthrough } from '../vscode/walkthrough.ts';

/** Copies the sample to a folder of the user and opens its notebook, with the walkthrough beside it. */
export async function openSample({ context }: App): Promise<Uri | undefined> {
  const target = await chooseFolder(context.globalStorageUri);
  if (target === undefined) {
    return undefined;
  }
  const source = Uri.joinPath(context.extensionUri, 'media', 'sample');
  await workspace.fs.createDirectory(target);
  for (const [name] of await workspace.fs.readDirectory(source)) {
    const copy = Uri.joinPath(target, name);
    const isThere = await workspace.fs.stat(copy).then(() => true, () => false);
    if (!isThere) {
      await workspace.fs.copy(Uri.joinPath(source, name), copy);
    }
  }
  const notebook = Uri.joinPath(target, 'churn.ipynb');
  await commands.executeCommand('vscode.openWith', notebook, 'jupyter-notebook');
  await openWalkthrough(`${context.extension.id}#road`, true);
  return notebook;
}

async function chooseFolder(storage: Uri): Promise<Uri | undefined> {
  const [folder] = workspace.workspaceFolders ?? [];
  const choices: Choice<() => Promise<Uri | undefined>>[] = [
    ...(folder === undefined
      ? []
      : [{ label: 'In this workspace', description: `${folder.name}/slipway-sample`, icon: 'root-folder', value: () => Promise.resolve(Uri.joinPath(folder.uri, 'slipway-sample')) }]),
    { label: 'In another folder…', icon: 'folder-opened', value: askFolder },
    { label: 'Just look', detail: 'In a folder of the extension', icon: 'eye', value: () => Promise.resolve(Uri.joinPath(storage, 'sample')) },
  ];
  return chosen(await pickOne({ title: 'Slipway: Open Sample', placeholder: 'Where should the sample notebook go?' }, choices))?.();
}

async function askFolder(): Promise<Uri | undefined> {
  const [parent] = (await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel: 'Copy Sample Here' })) ?? [];
  return parent === undefined ? undefined : Uri.joinPath(parent, 'slipway-sample');
}
