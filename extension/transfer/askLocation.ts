import { env, FileType, Uri, window, workspace } from 'vscode';
import type { Transfer, TransferDirection } from '../../server/contract/transfer.ts';
import { asAge } from '../vscode/format.ts';
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

async function explainDatabase(): Promise<undefined> {
  const copy = 'Copy Command';
  const text = 'An MLflow database is written by MLflow alone. Start its server on the database, then export to the URL of that server.';
  if ((await window.showInformationMessage(text, copy)) === copy) {
    await env.clipboard.writeText('mlflow server --backend-store-uri sqlite:///mlflow.db --artifacts-destination ./mlartifacts');
  }
  return undefined;
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
  const words: Readonly<Partial<Record<Transfer['state'], string>>> = { running: 'Follow', interrupted: 'Continue', cancelled: 'Continue', failed: 'Try again' };
  return transfers.flatMap((transfer) => {
    const word = transfer.direction === direction ? words[transfer.state] : undefined;
    if (word === undefined) {
      return [];
    }
    const value: Ask = () => Promise.resolve(transfer.state === 'running' ? { kind: 'running', transfer } : place(transfer.location));
    return [{ label: `${word}: ${transfer.location}`, description: `${transfer.state} ${asAge(transfer.endedAt ?? transfer.startedAt)}`, detail: describeCarried(transfer.progress), icon: 'debug-continue', group: 'Not finished', value }];
  });
}

/** Asks where to import from or export to; one that did not come to its end comes first. */
export async function askLocation(title: string, direction: TransferDirection, transfers: readonly Transfer[]): Promise<Location | undefined> {
  const group = direction === 'import' ? 'Import from' : 'Export to';
  const server: Choice<Ask> = { label: 'MLflow server…', detail: 'By its URL, with a login where it wants one', icon: 'server', group, value: () => askUrl(title) };
  const folder: Choice<Ask> = { label: 'Folder (mlruns)…', detail: 'MLflow’s file store', icon: 'folder', group, value: () => askPath('folder', direction === 'import' ? 'Import' : 'Export Here') };
  const database: Choice<Ask> =
    direction === 'import'
      ? { label: 'Database (mlflow.db)…', detail: 'A SQLite file of MLflow 3', icon: 'database', group, value: () => askPath('file', 'Import') }
      : { label: 'Database (mlflow.db)', detail: 'Through a server that MLflow runs on it', icon: 'database', group, value: explainDatabase };
  const load = async (): Promise<Choice<Ask>[]> => [
    ...earlier(transfers, direction),
    ...(direction === 'import' ? [...(await storesOfWorkspace()), database, folder, server] : [server, folder, database]),
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
