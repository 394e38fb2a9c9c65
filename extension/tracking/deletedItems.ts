import { window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { CallInput } from '../../server/contract/api.ts';
import { subjectAs } from '../vscode/commands.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { withMessage } from '../vscode/progress.ts';
import { confirm, pickSeveral } from '../vscode/prompts.ts';
import { countDeleted, describeKept, describePurge } from './purgeText.ts';

const deletedSubject = z.object({ deleted: z.object({ kind: z.enum(['experiment', 'run', 'model']), id: z.string(), name: z.string() }) });
const confirmedSubject = z.object({ confirmed: z.literal(true) });
type Deleted = z.infer<typeof deletedSubject>['deleted'];

function selectedItems(subject: unknown, selected: readonly unknown[]): Deleted[] {
  const all = [...selected, subject].flatMap((one) => subjectAs(deletedSubject, one)?.deleted ?? []);
  return [...new Map(all.map((item) => [`${item.kind}:${item.id}`, item])).values()];
}

/** The deleted items that a command was called on, else those that the user picks. */
async function itemsOf(app: App, subject: unknown, selected: readonly unknown[], title: string): Promise<readonly Deleted[]> {
  const given = selectedItems(subject, selected);
  if (given.length > 0) {
    return given;
  }
  const { experiments, runs, models } = await app.connection.call('listDeleted', {});
  const choices = [
    ...experiments.map(({ experimentId: id, name, runs: count }) => ({ label: name, description: count === undefined ? '' : plural(count, 'run'), icon: 'beaker', group: 'Experiments', value: { kind: 'experiment' as const, id, name } })),
    ...runs.map(({ runId: id, name, experimentName }) => ({ label: name, description: experimentName, icon: 'circle-outline', group: 'Runs', value: { kind: 'run' as const, id, name } })),
    ...models.map(({ modelId: id, name, experimentName }) => ({ label: name, description: experimentName, icon: 'package', group: 'Logged models', value: { kind: 'model' as const, id, name } })),
  ];
  if (choices.length === 0) {
    void window.showInformationMessage('Nothing is deleted.');
    return [];
  }
  return (await pickSeveral<Deleted>(title, 'Deleted items', choices)) ?? [];
}

/** Brings deleted experiments (with their runs), runs and logged models back. */
export async function restoreDeleted(app: App, subject: unknown, selected: readonly unknown[]): Promise<void> {
  for (const { kind, id } of await itemsOf(app, subject, selected, 'Slipway: Restore Deleted Items')) {
    switch (kind) {
      case 'experiment':
        await app.connection.call('restoreExperiment', { experimentId: id });
        break;
      case 'run':
        await app.connection.call('restoreRun', { runId: id });
        break;
      case 'model':
        await app.connection.call('restoreLoggedModel', { modelId: id });
    }
  }
}

/** Removes deleted items for good, after a look at what that removes and frees. */
export async function deletePermanently(app: App, subject: unknown, selected: readonly unknown[]): Promise<void> {
  const items = await itemsOf(app, subject, selected, 'Slipway: Delete Permanently');
  const [first] = items;
  if (first === undefined) {
    return;
  }
  const idsOf = (kind: Deleted['kind']): string[] => items.filter((item) => item.kind === kind).map(({ id }) => id);
  const question = items.length === 1 ? `Delete "${first.name}" permanently?` : `Delete ${items.length} items permanently?`;
  await purge(app, { experimentIds: idsOf('experiment'), runIds: idsOf('run'), modelIds: idsOf('model') }, question, subject);
}

/** Removes everything that is deleted for good. */
export async function emptyDeleted(app: App, subject: unknown): Promise<void> {
  await purge(app, {}, 'Delete everything that is deleted permanently?', subject);
}

async function purge(app: App, selection: CallInput<'purge'>, question: string, subject: unknown): Promise<void> {
  const preview = await app.connection.call('previewPurge', selection);
  if (countDeleted(preview) === '') {
    void window.showInformationMessage(['Nothing can be deleted permanently.', ...describeKept(preview)].join(' '));
    return;
  }
  if (subjectAs(confirmedSubject, subject) === undefined && !(await confirm(question, describePurge(preview), 'Delete Permanently'))) {
    return;
  }
  const done = await withMessage('Deleting permanently', () => app.connection.call('purge', selection));
  const frees = done.files === 0 ? '' : ` ${formatBytes(done.bytes)} are freed.`;
  void window.showInformationMessage(`Deleted ${countDeleted(done)} permanently.${frees}`);
}
