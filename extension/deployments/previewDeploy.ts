import { window } from 'vscode';
import type { App } from '../app.ts';
import type { DeployPreview } from '../../server/contract/deployPreview.ts';
import { deployPreviewText } from '../../server/contract/deployPreviewText.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import { withCancel } from '../vscode/progress.ts';
import { confirm } from '../vscode/prompts.ts';
import { askDeploy, deployAsked } from './deployModel.ts';

/** Asks what a deploy asks, shows what it would do, and does it where somebody says so. */
export async function previewDeploy(app: App, subject: unknown): Promise<Rollout | undefined> {
  const asked = await askDeploy(app, subject);
  if (asked === undefined) {
    return undefined;
  }
  const preview = await withCancel(`Looking at what a deploy to ${asked.name} would do`, (signal) => app.connection.call('previewDeploy', asked, signal));
  const { subject: what } = deployPreviewText(preview);
  const allowBreaking = preview.refusals.length > 0 && preview.refusals.every(({ field }) => field === 'allowBreaking');
  if (preview.refusals.length > 0 && !allowBreaking) {
    await window.showWarningMessage(`It would be refused: ${what}.`, { modal: true, detail: detailOf(preview) });
    return undefined;
  }
  const yes = await confirm(`Deploy? ${what}.`, detailOf(preview), allowBreaking ? 'Deploy Nevertheless' : 'Deploy');
  return yes ? deployAsked(app, { ...asked, ...(allowBreaking ? { allowBreaking } : {}) }) : undefined;
}

/** As the text of a dialog, whose columns no spaces line up. */
function detailOf(preview: DeployPreview): string {
  const { refusals, facts, changes } = deployPreviewText(preview);
  return [
    ...refusals.map((refusal) => `• ${refusal}`),
    ...(refusals.length === 0 ? [] : ['']),
    ...facts.map(([name, text]) => (name === '' ? `• ${text}` : name === 'comes to' ? `It comes to:\n• ${text}` : `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${text}`)),
    ...(changes === undefined ? [] : ['', changes.from, ...changes.lines.map((line) => `• ${line}`)]),
  ].join('\n');
}
