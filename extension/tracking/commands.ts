import { commands, env, window } from 'vscode';
import { z } from 'zod';
import { plural } from '../../server/contract/format/plural.ts';
import type { App, AppCommands } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { askText, chosen, confirm, pickOne } from '../vscode/prompts.ts';
import { artifactUri } from './artifactFiles.ts';
import { deletePermanently, emptyDeleted, restoreDeleted } from './deletedItems.ts';
import { createExperiment, deleteExperiment, renameExperiment } from './experimentActions.ts';
import { moveRuns } from './moveRuns.ts';
import { editRunNote } from './runNotes.ts';
import { askRuns } from './runPrompts.ts';
import { runIdOf, runsOrPicked, runsSubject, selectedRuns } from './runSelection.ts';
import { shareComparison } from './shareComparison.ts';

const confirmedSubject = z.object({ confirmed: z.literal(true) });
const artifactSubject = z.object({ runId: z.string(), path: z.string() });
const experimentSubject = z.object({ experimentId: z.string() });

export const experimentCommands: AppCommands = {
  'slipway.compareRuns': { doing: 'comparing runs', run: compareRuns },
  'slipway.compareExperiment': { doing: 'comparing the runs of an experiment', run: compareExperiment },
  'slipway.shareComparison': { doing: 'sharing a comparison', run: shareComparison },
  'slipway.openRun': {
    doing: 'opening a run',
    run: async (app, subject) => {
      const runId = await runIdOf(app, subject, 'Slipway: Open Run');
      if (runId !== undefined) {
        app.panels.open({ panel: 'compare', runIds: [runId] });
      }
    },
  },
  'slipway.renameRun': {
    doing: 'renaming a run',
    run: async (app, subject) => {
      const runId = await runIdOf(app, subject, 'Slipway: Rename Run');
      if (runId === undefined) {
        return;
      }
      const run = await app.connection.call('getRun', { runId });
      const check = (text: string): string | undefined => (text.trim() === '' ? 'Type a name.' : undefined);
      const name = chosen(await askText({ title: `Rename run "${run.name}"`, prompt: 'New name', value: run.name, check }));
      if (name !== undefined) {
        await app.connection.call('renameRun', { runId, name: name.trim() });
      }
    },
  },
  'slipway.moveRuns': { doing: 'moving runs', run: moveRuns },
  'slipway.editRunNote': { doing: 'opening the note of a run', run: editRunNote },
  'slipway.openArtifact': {
    doing: 'opening an artifact',
    run: async (_app, subject) => {
      const artifact = subjectAs(artifactSubject, subject);
      if (artifact !== undefined) {
        await commands.executeCommand('vscode.open', artifactUri(artifact.runId, artifact.path));
      }
    },
  },
  'slipway.deleteRun': { doing: 'deleting runs', run: deleteRuns },
  'slipway.newExperiment': { doing: 'creating an experiment', run: createExperiment },
  'slipway.renameExperiment': { doing: 'renaming an experiment', run: renameExperiment },
  'slipway.deleteExperiment': { doing: 'deleting an experiment', run: deleteExperiment },
  'slipway.restoreDeleted': { doing: 'restoring what was deleted', run: restoreDeleted },
  'slipway.deletePermanently': { doing: 'deleting permanently', run: deletePermanently },
  'slipway.emptyDeleted': { doing: 'deleting permanently', run: emptyDeleted },
  'slipway.copyRunId': {
    doing: 'copying a run id',
    run: async (app, subject) => {
      const runId = await runIdOf(app, subject, 'Slipway: Copy Run ID');
      if (runId !== undefined) {
        await env.clipboard.writeText(runId);
        window.setStatusBarMessage('Run ID copied', 3000);
      }
    },
  },
};

async function compareRuns(app: App, subject: unknown, selected: readonly unknown[]): Promise<void> {
  const given = selectedRuns(subject, selected);
  const runIds = given.length > 1 || subjectAs(runsSubject, subject) !== undefined ? given : await askRuns(app.connection, given, 'Slipway: Compare Runs');
  if (runIds !== undefined && runIds.length > 0) {
    app.panels.open({ panel: 'compare', runIds });
  }
}

async function compareExperiment(app: App, subject: unknown): Promise<void> {
  const experimentId = subjectAs(experimentSubject, subject)?.experimentId ?? (await askExperiment(app));
  if (experimentId !== undefined) {
    app.panels.open({ panel: 'compare', runIds: [], experimentId });
  }
}

async function askExperiment({ connection }: App): Promise<string | undefined> {
  const choices = connection.call('listExperiments', {}).then(({ experiments }) =>
    experiments.map(({ experimentId, name, runs }) => ({ label: name, description: runs === undefined ? '' : plural(runs, 'run'), icon: 'beaker', value: experimentId })),
  );
  return chosen(await pickOne({ title: 'Slipway: Compare Runs of Experiment', placeholder: 'Which experiment?' }, choices));
}

async function deleteRuns(app: App, subject: unknown, selected: readonly unknown[]): Promise<void> {
  const asked = await runsOrPicked(app, subject, selected, 'Slipway: Delete Run');
  const [first] = asked;
  if (first === undefined) {
    return;
  }
  const what = asked.length === 1 ? `run "${(await app.connection.call('getRun', { runId: first })).name}"` : `${asked.length} runs`;
  const detail = 'Registered models made from it stay. It can be restored with Undo or from the deleted items.';
  if (subjectAs(confirmedSubject, subject) !== undefined || (await confirm(`Delete ${what}?`, detail, 'Delete'))) {
    for (const runId of asked) {
      await app.connection.call('deleteRun', { runId });
    }
    void offerUndo(app, what, asked);
  }
}

async function offerUndo(app: App, what: string, runIds: readonly string[]): Promise<void> {
  if ((await window.showInformationMessage(`Deleted ${what}.`, 'Undo')) === 'Undo') {
    for (const runId of runIds) {
      await app.connection.call('restoreRun', { runId });
    }
  }
}
