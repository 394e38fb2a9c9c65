import { commands } from 'vscode';
import { z } from 'zod';
import type { App, AppCommands } from '../app.ts';
import { deployModel } from '../deployments/deployModel.ts';
import { offerNotebook, registerModel } from '../registry/registerModel.ts';
import { subjectAs } from '../vscode/commands.ts';
import { openWalkthrough } from '../vscode/walkthrough.ts';
import { cellOfResults } from './cellOfResults.ts';
import { showCellHistory, showExecution } from './cellHistory.ts';
import { connectNotebook } from './connectNotebook.ts';
import { keepAsMetric } from './keepAsMetric.ts';
import { compareNotebookWithRun, compareRunNotebooks, openNotebookAtRun } from './notebookAtRun.ts';
import { showNotebookMenu } from './notebookMenu.ts';
import { activeNotebook } from './notebookOf.ts';
import { openNotebookCell } from './openNotebookCell.ts';
import { registerFromNotebook } from './registerFromNotebook.ts';
import { recordedPath } from './recordedFile.ts';
import { excludeNotebook, includeNotebook } from './recording.ts';
import { runScript, runScriptWith } from './runScript.ts';
import { openSample } from './sample.ts';

export const notebookCommands: AppCommands = {
  'slipway.connectNotebook': { doing: 'connecting a notebook', needsTrust: true, run: connectNotebook },
  'slipway.registerModelFromNotebook': { doing: 'registering a model from a notebook', needsTrust: true, run: registerFromNotebook },
  'slipway.runScript': { doing: 'running a script', needsTrust: true, run: runScript },
  'slipway.runScriptWith': { doing: 'running a script', needsTrust: true, run: runScriptWith },
  'slipway.showNotebookMenu': { doing: 'showing the notebook menu', run: showNotebookMenu },
  'slipway.openSample': { doing: 'opening the sample', run: openSample },
  'slipway.openNotebookCell': { doing: 'opening a cell', run: (_app, subject) => openNotebookCell(subject) },
  'slipway.openNotebookAtRun': { doing: 'opening a notebook as of a run', run: openNotebookAtRun },
  'slipway.compareRunNotebooks': { doing: 'comparing the notebooks of two runs', run: compareRunNotebooks },
  'slipway.compareNotebookWithRun': { doing: 'comparing a notebook with a run', run: compareNotebookWithRun },
  'slipway.showCellHistory': { doing: 'showing the history of a cell', run: showCellHistory },
  'slipway.keepAsMetric': { doing: 'keeping a metric', run: keepAsMetric },
  'slipway.showExecution': { doing: 'showing an execution', run: showExecution },
  'slipway.deployLoggedModel': { doing: 'deploying a model', needsTrust: true, run: deployLoggedModel },
  'slipway.excludeNotebook': { doing: 'excluding a notebook', run: excludeNotebook },
  'slipway.includeNotebook': { doing: 'recording a notebook again', run: includeNotebook },
  'slipway.toggleRecording': {
    doing: 'pausing or resuming the recording',
    run: async ({ notebooks }) => {
      const notebook = await activeNotebook('Slipway: Pause or Resume Recording');
      if (notebook !== undefined) {
        await notebooks.setPaused(notebook, notebooks.state(notebook).mode === 'recording');
      }
    },
  },
  'slipway.openNotebookRun': {
    doing: 'opening the captured run',
    run: async (app) => {
      const notebook = await activeNotebook('Slipway: Open Captured Run');
      const runId = notebook === undefined ? undefined : await latestCapture(app, recordedPath(notebook));
      await commands.executeCommand('slipway.openRun', runId === undefined ? undefined : { runId });
    },
  },
  'slipway.openWalkthrough': {
    doing: 'opening the walkthrough',
    run: ({ context }) => openWalkthrough(`${context.extension.id}#road`, false),
  },
};

async function latestCapture({ connection }: App, notebook: string): Promise<string | undefined> {
  return (await connection.call('getNotebookResults', { notebook })).runId;
}

const loggedModel = z.object({ runId: z.string(), modelId: z.string() });

/** Deploys a model that a cell logged, by default the last of the notebook: its version if it is registered, else the one that it becomes. */
async function deployLoggedModel(app: App, subject: unknown): Promise<unknown> {
  const logged = subjectAs(loggedModel, subject) ?? (await lastLoggedModel(app));
  if (logged === undefined) {
    return undefined;
  }
  const { models } = await app.connection.call('listModels', {});
  const known = models.flatMap(({ versions }) => versions).find(({ modelId }) => modelId === logged.modelId);
  const version = known ?? (await registerModel(app, logged));
  return version === undefined ? undefined : deployModel(app, { model: version.name, version: version.version });
}

async function lastLoggedModel({ notebooks }: App): Promise<z.infer<typeof loggedModel> | undefined> {
  const notebook = await activeNotebook('Slipway: Deploy Logged Model');
  const model = notebook === undefined ? undefined : cellOfResults(notebooks, notebook)?.results.models.at(-1);
  if (notebook !== undefined && model === undefined) {
    void offerNotebook();
  }
  return model;
}
