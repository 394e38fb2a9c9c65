import { commands, env } from 'vscode';
import { plural } from '../../server/contract/format/plural.ts';
import type { App } from '../app.ts';
import type { CompanionClient } from '../../server/client/companionClient.ts';
import type { TrackingServer } from '../../server/contract/trackingServer.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
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
  const copyUrl = `copy:${client.baseUrl}`;
  const value = chosen(await pickOne({ title: 'Slipway companion' }, describeCompanion(client, copyUrl)));
  if (value === copyUrl) {
    await env.clipboard.writeText(client.baseUrl);
  } else {
    await runCommand(value);
  }
}

async function describeCompanion(client: CompanionClient, copyUrl: string): Promise<Choice<string | undefined>[]> {
  const [status, { targets }, server] = await Promise.all([
    client.call('getStatus', {}),
    client.call('listTargets', {}).catch(() => ({ targets: [] })),
    client.call('getTrackingServer', {}),
  ]);
  return [
    ...[...status.notices, ...server.waiting].map((notice) => ({ label: notice, icon: 'warning', value: undefined })),
    { label: `Companion ${status.version}`, description: `process ${status.pid}, port ${status.port}, ${formatBytes(status.memoryBytes)}`, detail: status.home, icon: 'server-process', value: copyUrl },
    trackingChoice(server),
    { label: plural(status.endpoints, 'endpoint'), description: 'that keep it up', icon: 'rocket', value: 'slipway.endpoints.focus' },
    ...status.clients.map(({ label }) => ({ label, description: 'client', icon: 'window', value: undefined })),
    ...targets.map(({ label, available, detail }) => ({
      label: `Target: ${label}`,
      description: available ? 'available' : 'not available',
      detail,
      icon: available ? 'pass' : 'circle-slash',
      value: undefined,
    })),
    { label: 'Restart Companion', icon: 'debug-restart', value: 'slipway.restartCompanion', group: 'Actions' },
    { label: 'Stop Companion', icon: 'debug-stop', value: 'slipway.stopCompanion', group: 'Actions' },
    { label: 'Show Logs', icon: 'output', value: 'slipway.showLogs', group: 'Actions' },
  ];
}

function trackingChoice({ uri, version, problem }: TrackingServer): Choice<string> {
  const value = problem?.reason === 'forbidden' ? 'slipway.logIn' : 'slipway.chooseTrackingServer';
  return uri === ''
    ? { label: 'Runs and models on this machine', icon: 'device-desktop', value }
    : {
        label: `Runs and models on ${uri}`,
        description: problem === undefined ? (version === undefined ? 'answers' : `MLflow ${version}`) : 'cannot be used',
        detail: problem === undefined ? undefined : `${problem.message} ${problem.remedy ?? ''}`,
        icon: problem === undefined ? 'server-environment' : 'warning',
        value,
      };
}

async function runCommand(id: string | undefined): Promise<void> {
  if (id !== undefined) {
    await commands.executeCommand(id);
  }
}
