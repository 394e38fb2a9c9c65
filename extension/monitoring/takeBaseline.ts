import { window } from 'vscode';
import type { BaselineTaken } from '../../server/contract/baselines.ts';
import { describeTaken } from '../../server/contract/format/baselines.ts';
import type { App } from '../app.ts';
import { endpointOf } from '../deployments/endpointPrompts.ts';
import { withMessage } from '../vscode/progress.ts';
import { chosen, pickOne } from '../vscode/prompts.ts';

const title = 'Slipway: Take Baseline';
const day = 86_400_000;

/** Asks what live traffic of an endpoint is to be compared with, and takes it for the version that is live. */
export async function takeBaseline(app: App, subject: unknown): Promise<void> {
  const name = await endpointOf(app, subject, title, ({ liveVersion }) => liveVersion !== undefined);
  if (name === undefined) {
    return;
  }
  const { model, liveVersion } = await app.connection.call('getEndpoint', { name });
  const from = liveVersion === undefined ? undefined : await askSource(name);
  if (liveVersion === undefined || from === undefined) {
    return;
  }
  const taken = await withMessage(`Taking a baseline for ${model} ${liveVersion}`, () => app.connection.call('takeBaseline', { name: model, version: liveVersion, from }));
  void window.showInformationMessage(`${name} is compared with ${describeTaken(taken)}.`);
}

async function askSource(endpoint: string): Promise<BaselineTaken | undefined> {
  const kind = chosen(
    await pickOne<'file' | 'sagemaker' | number>({ title, placeholder: 'What are live requests to be compared with?' }, [
      { label: 'A Data File…', description: 'CSV with a line of names', icon: 'table', value: 'file' },
      { label: 'Requests of the Last Day', description: endpoint, icon: 'pulse', value: 1, group: 'live traffic' },
      { label: 'Requests of the Last 7 Days', description: endpoint, icon: 'pulse', value: 7, group: 'live traffic' },
      { label: 'Requests of the Last 30 Days', description: endpoint, icon: 'pulse', value: 30, group: 'live traffic' },
      { label: 'statistics.json of SageMaker Model Monitor…', icon: 'json', value: 'sagemaker', group: 'another monitor' },
    ]),
  );
  if (kind === undefined || typeof kind === 'number') {
    const to = Date.now();
    return kind === undefined ? undefined : { kind: 'live-traffic', endpoint, from: to - kind * day, to };
  }
  const [file] = (await window.showOpenDialog({ title, openLabel: 'Use as Baseline', filters: kind === 'file' ? { Tables: ['csv', 'tsv', 'txt'] } : { Statistics: ['json'] } })) ?? [];
  return file === undefined ? undefined : kind === 'file' ? { kind: 'data-file', path: file.fsPath } : { kind: 'sagemaker', statistics: file.fsPath };
}
