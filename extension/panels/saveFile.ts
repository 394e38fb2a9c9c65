import os from 'node:os';
import path from 'node:path';
import { commands, env, Uri, window, workspace } from 'vscode';
import type { SavedFile } from '../../server/contract/panels.ts';

let lastFolder: Uri | undefined;

/** Asks where to save a file of a panel and writes it; false when the user thought better of it. */
export async function saveFile({ name, encoding, content }: SavedFile): Promise<boolean> {
  const folder = lastFolder ?? workspace.workspaceFolders?.[0]?.uri ?? Uri.file(os.homedir());
  const fileName = path.basename(name);
  const ending = path.extname(fileName).slice(1);
  const target = await window.showSaveDialog({ defaultUri: Uri.joinPath(folder, fileName), ...(ending === '' ? {} : { filters: { [ending.toUpperCase()]: [ending] } }) });
  if (target === undefined) {
    return false;
  }
  await workspace.fs.writeFile(target, Buffer.from(content, encoding === 'text' ? 'utf8' : 'base64'));
  lastFolder = Uri.joinPath(target, '..');
  void window.showInformationMessage(`Saved ${path.basename(target.path)}.`, 'Open').then((answer) => (answer === undefined ? undefined : ending === 'html' ? env.openExternal(target) : commands.executeCommand('vscode.open', target)));
  return true;
}
