import { commands, env } from 'vscode';
import type { App } from '../app.ts';
import { asBytes } from '../vscode/format.ts';
import { chosen, type Choice, pickOne } from '../vscode/prompts.ts';

/** Shows what the companion is doing, with the actions that fit. */
export async function showStatus({ connection }: App): Promise<void> {
  const client = await connection.available();
  if (client === undefined) {
    const start = await pickOne<string>({ title: 'Slipway companion: not running' }, [
      { label: 'Start Companion', icon: 'play', value: 'slipway.startCompanion' },
      { label: 'Show Logs', icon: 'output', value: 'slipway.showLogs' },
    ]);
    await runCommand(chosen(start));
    return;
  }
  const status = await client.call('getStatus', {});
  const { targets } = await client.call('listTargets', {}).catch(() => ({ targets: [] }));
  const copyUrl = `copy:${client.baseUrl}`;
  const choices: Choice<string | undefined>[] = [
    ...status.notices.map((notice) => ({ label: notice, icon: 'warning', value: undefined })),
    { label: `Companion ${status.version}`, description: `process ${status.pid}, port ${status.port}, ${asBytes(status.memoryBytes)}`, detail: status.home, icon: 'server-process', value: copyUrl },
    { label: plural(status.endpoints, 'endpoint'), description: 'that keep it up', icon: 'rocket', value: 'slipway.endpoints.focus' },
    ...status.clients.map(({ label }) => ({ label, description: 'client', icon: 'window', value: undefined })),
    ...targets.map(({ kind, available, detail }) => ({
      label: `Target ${kind}`,
      description: available ? 'available' : 'not available',
      detail,
      icon: available ? 'pass' : 'circle-slash',
      value: undefined,
    })),
    { label: 'Restart Companion', icon: 'debug-restart', value: 'slipway.restartCompanion', group: 'Actions' },
    { label: 'Stop Companion', icon: 'debug-stop', value: 'slipway.stopCompanion', group: 'Actions' },
    { label: 'Show Logs', icon: 'output', value: 'slipway.showLogs', group: 'Actions' },
  ];
  const value = chosen(await pickOne({ title: 'Slipway companion' }, choices));
  if (value === copyUrl) {
    await env.clipboard.writeText(client.baseUrl);
  } else {
    await runCommand(value);
  }
}

async function runCommand(id: string | undefined): Promise<void> {
  if (id !== undefined) {
    await commands.executeCommand(id);
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
