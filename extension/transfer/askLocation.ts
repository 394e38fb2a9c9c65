import { FileType, Uri, window, workspace } from 'vscode';
import type { Transfer, TransferDirection, TransferState } from '../../server/contract/transfer.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { askText, chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { describeCarried } from './reportText.ts';

/** Where to import from or export to. */
export type Location = { readonly kind: 'place'; readonly location: string } | { readonly kind: 'running'; readonly transfer: Transfer };

type Ask = () => Promise<Location | undefined>;

const place = (location: string): Location => ({ kind: 'place', location });

async function askPath(kind: 'file' | 'folder', label: string): Promise<Location | undefined> {
  const [folder] = workspace.workspaceFolders ?? [];
  const [uri] =
    (await window.showOpenDialog({
      canSelectFiles: kind === 'file',
      canSelectFolders: kind === 'folder',
      title: `Slipway: ${label}`,
      openLabel: label,
      ...(kind === 'file' ? { filters: { 'SQLite databases': ['db', 'sqlite', 'sqlite3'], 'All files': ['*'] } } : {}),
      ...(folder === undefined ? {} : { defaultUri: folder.uri }),
    })) ?? [];
  return uri === undefined ? undefined : place(uri.fsPath);
}

function checkUrl(text: string): string | undefined {
  return URL.canParse(text.trim()) && /^https?:\/\/[^/]/i.test(text.trim()) ? undefined : 'Type a URL that begins with http:// or https://.';
}

async function askUrl(title: string): Promise<Location | undefined> {
  const url = chosen(await askText({ title, prompt: 'URL of the MLflow server, as MLFLOW_TRACKING_URI would hold it', placeholder: 'https://mlflow.example.com', check: checkUrl }));
  return url === undefined ? undefined : place(url.trim());
}

/** A database that is there is written to as well: nothing in it is overwritten, though the dialog asks whether to replace it. */
async function askNewFile(): Promise<Location | undefined> {
  const [folder] = workspace.workspaceFolders ?? [];
  const uri = await window.showSaveDialog({
    title: 'Slipway: Export Here',
    saveLabel: 'Export Here',
    filters: { 'SQLite databases': ['db', 'sqlite', 'sqlite3'] },
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder.uri, 'mlflow.db') }),
  });
  return uri === undefined ? undefined : place(uri.fsPath);
}

/** Stores of MLflow that lie at the top of the workspace. */
async function storesOfWorkspace(): Promise<Choice<Ask>[]> {
  const found: Choice<Ask>[] = [];
  for (const folder of workspace.workspaceFolders ?? []) {
    for (const name of ['mlflow.db', 'mlruns']) {
      const uri = Uri.joinPath(folder.uri, name);
      const wanted = name === 'mlruns' ? FileType.Directory : FileType.File;
      const isThere = await workspace.fs.stat(uri).then(({ type }) => (type & wanted) !== 0, () => false);
      if (isThere) {
        const icon = name === 'mlruns' ? 'folder' : 'database';
        found.push({ label: name, detail: uri.fsPath, icon, group: 'In this workspace', value: () => Promise.resolve(place(uri.fsPath)) });
      }
    }
  }
  return found;
}

function earlier(transfers: readonly Transfer[], direction: TransferDirection): Choice<Ask>[] {
  const words: Readonly<Partial<Record<TransferState, string>>> = { running: 'Follow', interrupted: 'Continue', cancelled: 'Continue', failed: 'Try again' };
  return transfers.flatMap((transfer) => {
    const word = transfer.direction === direction ? lookUp(words, transfer.state) : undefined;
    if (word === undefined) {
      return [];
    }
    const value: Ask = () => Promise.resolve(transfer.state === 'running' ? { kind: 'running', transfer } : place(transfer.location));
    return [{ label: `${word}: ${transfer.location}`, description: `${transfer.state} ${formatAge(transfer.endedAt ?? transfer.startedAt)}`, detail: describeCarried(transfer.progress), icon: 'debug-continue', group: 'Not finished', value }];
  });
}

/** Asks where to import from or export to; one that did not come to its end comes first. */
export async function askLocation(title: string, direction: TransferDirection, transfers: readonly Transfer[]): Promise<Location | undefined> {
  const group = direction === 'import' ? 'Import from' : 'Export to';
  const server: Choice<Ask> = { label: 'MLflow server…', detail: 'By its URL, with a login where it wants one', icon: 'server', group, value: () => askUrl(title) };
  const folder: Choice<Ask> = { label: 'Folder (mlruns)…', detail: 'MLflow’s file store', icon: 'folder', group, value: () => askPath('folder', direction === 'import' ? 'Import' : 'Export Here') };
  const database: Choice<Ask> = { label: 'Database (mlflow.db)…', detail: 'A SQLite file of MLflow 3', icon: 'database', group, value: () => (direction === 'import' ? askPath('file', 'Import') : askNewFile()) };
  const load = async (): Promise<Choice<Ask>[]> => [
    ...earlier(transfers, direction),
    ...(direction === 'import' ? [...(await storesOfWorkspace()), database, folder, server] : [server, database, folder]),
  ];
  const ask = chosen(await pickOne<Ask>({ title, placeholder: direction === 'import' ? 'Where are the runs and models?' : 'Where to?' }, load()));
  return ask?.();
}

/** Asks where artifacts lie that a store names by their server only. @returns undefined when the user left, null to leave them behind */
export async function askArtifacts(title: string): Promise<string | null | undefined> {
  const choices: Choice<() => Promise<string | null | undefined>>[] = [
    { label: 'Folder…', detail: 'What the server had as --artifacts-destination, such as mlartifacts', icon: 'folder', value: async () => pathOf(await askPath('folder', 'Artifacts')) },
    { label: 'MLflow server…', detail: 'The server that serves them', icon: 'server', value: async () => pathOf(await askUrl(title)) },
    { label: 'Without artifacts', detail: 'The report names what stays behind', icon: 'circle-slash', value: () => Promise.resolve(null) },
  ];
  return chosen(await pickOne({ title, placeholder: 'The artifacts lie behind a server that the store does not name. Where?' }, choices))?.();
}

function pathOf(location: Location | undefined): string | undefined {
  return location?.kind === 'place' ? location.location : undefined;
}
