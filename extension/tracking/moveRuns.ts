import { window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { type Choice, chosen, pickOne } from '../vscode/prompts.ts';
import { askExperimentName, experimentChoices } from './experimentPrompts.ts';
import { runsOrPicked } from './runSelection.ts';

/** Runs with the experiment that they go to, when both are known beforehand. */
const moveSubject = z.object({ runIds: z.array(z.string()).min(1), experimentId: z.string() });
const title = 'Slipway: Move Runs to Experiment';
const newExperiment = Symbol('new');

/** Moves the selected runs to another experiment, with their models and datasets, and offers to move them back. */
export async function moveRuns(app: App, subject: unknown, selected: readonly unknown[]): Promise<void> {
  const runIds = await runsOrPicked(app, subject, selected, title);
  if (runIds.length === 0) {
    return;
  }
  const runs = await Promise.all(runIds.map((runId) => app.connection.call('getRun', { runId })));
  const target = subjectAs(moveSubject, subject)?.experimentId ?? (await askTarget(app, new Set(runs.map(({ experimentId }) => experimentId)), runIds.length));
  if (target === undefined) {
    return;
  }
  const { moved } = await app.connection.call('moveRuns', { runIds, experimentId: target });
  const { experiments } = await app.connection.call('listExperiments', {});
  const name = experiments.find(({ experimentId }) => experimentId === target)?.name ?? target;
  const from = [...new Set(runs.map(({ experimentId }) => experimentId))].filter((experimentId) => experimentId !== target);
  const before = from.map((experimentId) => ({ experimentId, runIds: runs.filter((run) => run.experimentId === experimentId).map(({ runId }) => runId) }));
  void offerUndo(app, `${plural(moved, 'run')} moved to "${name}".`, before);
}

async function askTarget(app: App, from: ReadonlySet<string>, count: number): Promise<string | undefined> {
  const load = async (): Promise<Choice<string | typeof newExperiment>[]> => {
    const { experiments } = await app.connection.call('listExperiments', {});
    // Runs of several experiments may all go to one of these.
    const targets = experiments.filter(({ experimentId }) => from.size > 1 || !from.has(experimentId));
    return [{ label: 'New experiment…', icon: 'add', value: newExperiment }, ...experimentChoices(targets).map((choice) => ({ ...choice, value: choice.value.experimentId }))];
  };
  const answer = chosen(await pickOne<string | typeof newExperiment>({ title, placeholder: `Where to move ${plural(count, 'run')}` }, load()));
  if (answer !== newExperiment) {
    return answer;
  }
  const name = await askExperimentName(app, title);
  return name === undefined ? undefined : (await app.connection.call('createExperiment', { name })).experimentId;
}

async function offerUndo(app: App, message: string, before: readonly { readonly experimentId: string; readonly runIds: string[] }[]): Promise<void> {
  if ((await window.showInformationMessage(message, ...(before.length === 0 ? [] : ['Undo']))) === 'Undo') {
    for (const { runIds, experimentId } of before) {
      await app.connection.call('moveRuns', { runIds, experimentId });
    }
  }
}
