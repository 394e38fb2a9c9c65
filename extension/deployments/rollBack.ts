import { window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { CallOutput } from '../../server/contract/api.ts';
import type { Endpoint } from '../../server/contract/deployments.ts';
import { differenceText } from '../../server/contract/differenceText.ts';
import { subjectAs } from '../vscode/commands.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { wordFor } from '../../server/contract/unknown.ts';
import { withMessage } from '../vscode/progress.ts';
import { chosen, pickOne } from '../vscode/prompts.ts';
import { tickStep } from '../vscode/walkthrough.ts';
import { followRollout } from './deployModel.ts';
import { endpointOf } from './endpointPrompts.ts';

const rollBackSubject = z.object({ release: z.string().optional(), confirmed: z.boolean().optional() });

type Preview = CallOutput<'previewRollback'>;
type Result = CallOutput<'rollBack'>;

const title = 'Slipway: Roll Back';

/** Puts an earlier release of an endpoint back, after showing what that changes. */
export async function rollBack(app: App, subject: unknown): Promise<Result | undefined> {
  const { connection } = app;
  const name = await endpointOf(app, subject, title, ({ releaseCount }) => releaseCount > 1);
  if (name === undefined) {
    return undefined;
  }
  const given = subjectAs(rollBackSubject, subject);
  const endpoint = await connection.call('getEndpoint', { name });
  const to = given?.release ?? (await askRelease(endpoint));
  if (to === undefined) {
    return undefined;
  }
  const preview = await connection.call('previewRollback', { name, ...(to === previous ? {} : { to }) });
  if (preview.refusal !== undefined) {
    throw new CallFailure('conflict', `${name} cannot go back to version ${preview.toVersion}: ${preview.refusal}`);
  }
  if (given?.confirmed !== true && !(await confirmRollback(endpoint, preview))) {
    return undefined;
  }
  const result = await withMessage(`Rolling back ${name}`, () =>
    connection.call('rollBack', { name, to: preview.to, reason: 'asked for in VS Code' }),
  );
  tickStep('slipway.rolledBack');
  if (result.durationMs === undefined) {
    const rollout = await followRollout(app, result.rollout, `Rolling back ${name} to version ${preview.toVersion}`);
    return { ...result, rollout };
  }
  void sayDone(app, name, preview.toVersion, result.durationMs);
  return result;
}

const previous = Symbol('previous');

async function askRelease(endpoint: Endpoint): Promise<string | typeof previous | undefined> {
  const isDefault = ({ release }: { readonly release: string }): boolean => release === endpoint.rollbackTo;
  const earlier = endpoint.history.filter(({ readiness }) => readiness !== 'live').sort((a, b) => Number(isDefault(b)) - Number(isDefault(a)));
  if (earlier.length <= 1) {
    return previous;
  }
  const words = { live: 'live', warm: 'at once', cold: 'has to be started', unavailable: 'cannot run' };
  return chosen(
    await pickOne(
      { title, placeholder: `Back to which release of ${endpoint.name}?` },
      earlier.map(({ release, modelVersion, readiness, reason, liveFrom }) => ({
        label: `Version ${modelVersion}`,
        description: `${wordFor(words, readiness)} · ${shortDigest(release)}`,
        detail: reason ?? `Went live ${new Date(liveFrom).toLocaleString()}`,
        icon: readiness === 'warm' ? 'flame' : readiness === 'cold' ? 'archive' : 'circle-slash',
        value: release,
      })),
    ),
  );
}

const differencesShown = 15;

/** What a rollback changes, line by line. */
function describeDifferences({ differences }: Preview): string[] {
  const lines = differences.slice(0, differencesShown).map(differenceText);
  const rest = differences.length - lines.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}

async function confirmRollback(endpoint: Endpoint, preview: Preview): Promise<boolean> {
  const speed = preview.readiness === 'warm' ? 'It is warm: the traffic moves at once.' : 'It has to be started first; the present release serves until it is ready.';
  const lines = describeDifferences(preview);
  const detail = [speed, '', ...(lines.length === 0 ? ['Nothing differs but the release.'] : lines)].join('\n');
  const yes = `Roll Back to Version ${preview.toVersion}`;
  return (await window.showWarningMessage(`Roll back ${endpoint.name} to version ${preview.toVersion}?`, { modal: true, detail }, yes)) === yes;
}

async function sayDone({ panels }: App, endpoint: string, version: number, milliseconds: number): Promise<void> {
  const picked = await window.showInformationMessage(`${endpoint} serves version ${version} again, after ${formatDuration(milliseconds)}.`, 'Open Monitoring', 'Open Releases');
  if (picked !== undefined) {
    panels.open({ panel: picked === 'Open Monitoring' ? 'monitoring' : 'releases', endpoint });
  }
}
