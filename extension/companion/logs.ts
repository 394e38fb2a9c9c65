import path from 'node:path';
import { Uri, window, workspace } from 'vscode';
import type { App } from '../app.ts';
import { chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { showText } from '../vscode/readonlyText.ts';
import { startOptions } from './options.ts';

export interface LogSubject {
  readonly endpoint?: string | undefined;
  readonly replica?: string | undefined;
}

const lines = 1000;

/** Shows the logs of an endpoint, or asks whose logs to show. */
export async function showLogs(app: App, { endpoint, replica }: LogSubject): Promise<void> {
  if (endpoint !== undefined) {
    await showEndpointLogs(app, endpoint, replica);
    return;
  }
  const show = chosen(await pickOne({ title: 'Slipway: Show Logs', placeholder: 'Whose logs?' }, listLogs(app)));
  await show?.();
}

async function listLogs(app: App): Promise<Choice<() => Promise<void>>[]> {
  const file = path.join(startOptions(app.context).home, 'logs', 'companion.log');
  const own: Choice<() => Promise<void>>[] = [
    { label: 'Extension', detail: 'What this window did', icon: 'output', value: () => Promise.resolve(app.log.show()) },
    { label: 'Companion', detail: file, icon: 'server-process', value: () => openFile(file) },
  ];
  if (app.connection.state !== 'running') {
    return own;
  }
  const { endpoints } = await app.connection.call('listEndpoints', {}).catch(() => ({ endpoints: [] }));
  return [
    ...own,
    ...endpoints.map(({ name, message }) => ({ label: name, description: 'endpoint', detail: message, icon: 'rocket', value: () => showEndpointLogs(app, name) })),
  ];
}

async function openFile(file: string): Promise<void> {
  const uri = Uri.file(file);
  try {
    await workspace.fs.stat(uri);
  } catch {
    void window.showInformationMessage(`There is no ${file} yet: the companion has not run.`);
    return;
  }
  await window.showTextDocument(uri, { preview: true });
}

async function showEndpointLogs({ connection }: App, endpoint: string, replica?: string): Promise<void> {
  const { logs } = await connection.call('readLogs', { name: endpoint, lines, ...(replica === undefined ? {} : { replica }) });
  const text = logs.map((log) => [`==> ${log.source} <==`, ...log.lines].join('\n')).join('\n\n');
  await showText(`${replica ?? endpoint}.log`, text === '' ? `Nothing was logged by ${replica ?? endpoint} yet.\n` : `${text}\n`, 'log');
}
