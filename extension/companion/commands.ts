import { window } from 'vscode';
import { z } from 'zod';
import type { AppCommands } from '../app.ts';
import { copyLink } from './copyLink.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withCancel, withMessage } from '../vscode/progress.ts';
import { showLogs } from './logs.ts';
import { showStatus } from './status.ts';

const logSubject = z.object({ endpoint: z.string().optional(), replica: z.string().optional() });

export const companionCommands: AppCommands = {
  'slipway.startCompanion': {
    doing: 'starting the companion',
    run: async ({ connection }) => {
      await withCancel('Starting the Slipway companion', (signal) => connection.connect(signal));
    },
  },
  'slipway.stopCompanion': {
    doing: 'stopping the companion',
    run: async ({ connection }) => {
      const found = await connection.available();
      if (found === undefined) {
        void window.showInformationMessage('The Slipway companion is not running.');
        return;
      }
      const { endpoints } = await found.call('getStatus', {});
      const stopEndpoints = endpoints > 0 ? await askAboutEndpoints(endpoints) : false;
      if (stopEndpoints !== undefined) {
        await withMessage('Stopping the Slipway companion', () => connection.stop(stopEndpoints));
      }
    },
  },
  'slipway.restartCompanion': {
    doing: 'restarting the companion',
    run: ({ connection }) =>
      withCancel('Restarting the Slipway companion', async (signal) => {
        await connection.stop(false);
        await connection.connect(signal);
      }),
  },
  'slipway.copyLink': { doing: 'copying a link', run: copyLink },
  'slipway.showStatus': { doing: 'reading the status', run: (app) => showStatus(app) },
  'slipway.showLogs': { doing: 'showing the logs', run: (app, subject) => showLogs(app, subjectAs(logSubject, subject) ?? {}) },
  'slipway.refresh': {
    doing: 'refreshing',
    run: async (app) => {
      await app.connection.available();
      app.refreshTrees();
    },
  },
};

const keepServing = 'Keep Endpoints Serving';
const stopAll = 'Stop Endpoints Too';

async function askAboutEndpoints(endpoints: number): Promise<boolean | undefined> {
  const what = endpoints === 1 ? 'One endpoint is' : `${endpoints} endpoints are`;
  const answer = await window.showWarningMessage(
    'Stop the Slipway companion?',
    { modal: true, detail: `${what} up. The gateway can go on serving without the companion; rollouts and monitoring wait until it is back.` },
    keepServing,
    stopAll,
  );
  return answer === undefined ? undefined : answer === stopAll;
}
