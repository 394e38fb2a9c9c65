import { env, ProgressLocation, window } from 'vscode';
import { z } from 'zod';
import { gatherComparison } from '../../server/client/sharedComparison.ts';
import { comparisonPage } from '../../server/contract/format/comparisonPage.ts';
import type { App } from '../app.ts';
import { saveFile } from '../panels/saveFile.ts';
import { subjectAs } from '../vscode/commands.ts';
import { askRuns } from './runPrompts.ts';
import { selectedRuns } from './runSelection.ts';

const referenceSubject = z.object({ referenceId: z.string().optional() });

/** Writes runs side by side into one HTML file, to be sent to others. */
export async function shareComparison(app: App, subject: unknown, selected: readonly unknown[]): Promise<void> {
  const given = selectedRuns(subject, selected);
  const runIds = given.length > 0 ? given : await askRuns(app.connection, [], 'Slipway: Share Comparison');
  if (runIds === undefined || runIds.length === 0) {
    return;
  }
  const page = await window.withProgress({ location: ProgressLocation.Notification, title: 'Gathering the comparison', cancellable: true }, async (_progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => {
      controller.abort();
    });
    return comparisonPage(await gatherComparison(app.connection, { runIds, referenceId: subjectAs(referenceSubject, subject)?.referenceId, scheme: env.uriScheme }, controller.signal));
  });
  await saveFile({ name: 'comparison.html', encoding: 'text', content: page });
}
