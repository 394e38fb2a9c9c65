import { window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { confirm } from '../vscode/prompts.ts';
import { askExperimentName, pickExperiment } from './experimentPrompts.ts';

/** The experiment that runs without one go to; it cannot be deleted. */
export const defaultExperimentId = '0';

const experimentSubject = z.object({ experimentId: z.string() });
const namedSubject = z.object({ name: z.string() });
const confirmedSubject = z.object({ confirmed: z.literal(true) });

export async function createExperiment(app: App, subject: unknown): Promise<string | undefined> {
  const name = subjectAs(namedSubject, subject)?.name ?? (await askExperimentName(app, 'Slipway: New Experiment'));
  return name === undefined ? undefined : (await app.connection.call('createExperiment', { name })).experimentId;
}

export async function renameExperiment(app: App, subject: unknown): Promise<void> {
  const title = 'Slipway: Rename Experiment';
  const given = subjectAs(experimentSubject, subject)?.experimentId;
  const { experiments } = await app.connection.call('listExperiments', {});
  const experiment = experiments.find(({ experimentId }) => experimentId === given) ?? (await pickExperiment(app, title));
  if (experiment === undefined) {
    return;
  }
  const name = subjectAs(namedSubject, subject)?.name ?? (await askExperimentName(app, title, experiment.name));
  if (name !== undefined && name !== experiment.name) {
    await app.connection.call('renameExperiment', { experimentId: experiment.experimentId, name });
  }
}

/** Deletes an experiment with its runs, and offers to bring both back. */
export async function deleteExperiment(app: App, subject: unknown): Promise<void> {
  const given = subjectAs(experimentSubject, subject)?.experimentId;
  const { experiments } = await app.connection.call('listExperiments', {});
  const mayGo = experiments.filter(({ experimentId }) => experimentId !== defaultExperimentId);
  const experiment =
    given === undefined ? await pickExperiment(app, 'Slipway: Delete Experiment', ({ experimentId }) => experimentId !== defaultExperimentId) : mayGo.find(({ experimentId }) => experimentId === given);
  if (experiment === undefined) {
    return;
  }
  const { experimentId, name, runs } = experiment;
  const detail = `${runs === 0 ? 'It has no runs.' : `Its ${runs === undefined ? 'runs' : plural(runs, 'run')} go with it.`} Registered models made from them stay. It can be restored from the deleted items.`;
  if (subjectAs(confirmedSubject, subject) === undefined && !(await confirm(`Delete the experiment "${name}"?`, detail, 'Delete'))) {
    return;
  }
  await app.connection.call('deleteExperiment', { experimentId });
  void offerUndo(app, name, experimentId);
}

async function offerUndo(app: App, name: string, experimentId: string): Promise<void> {
  if ((await window.showInformationMessage(`Deleted the experiment "${name}".`, 'Undo')) === 'Undo') {
    await app.connection.call('restoreExperiment', { experimentId });
  }
}
