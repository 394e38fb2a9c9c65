import { env, Uri, window } from 'vscode';
import { z } from 'zod';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { App, AppCommands } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withMessage } from '../vscode/progress.ts';
import { confirm } from '../vscode/prompts.ts';
import { allowAndDeploy } from './allowAndDeploy.ts';
import { changeServing } from './changeServing.ts';
import { deployModel } from './deployModel.ts';
import { endpointOf } from './endpointPrompts.ts';
import { previewDeploy } from './previewDeploy.ts';
import { promote } from './promote.ts';
import { prune } from './prune.ts';
import { rollBack } from './rollBack.ts';
import { scoreFile } from './scoreFile.ts';
import { useThreshold } from './useThreshold.ts';
import { scaleEndpoint } from './scaleEndpoint.ts';
import { copyCurl, sendRequestDocument, sendTestRequest } from './testRequest.ts';

export const deploymentCommands: AppCommands = {
  'slipway.deployModel': { doing: 'deploying a model', needsTrust: true, run: deployModel },
  'slipway.previewDeploy': { doing: 'looking at what a deploy would do', needsTrust: true, run: previewDeploy },
  'slipway.allowAndDeploy': { doing: 'allowing what a deploy was refused for', needsTrust: true, run: allowAndDeploy },
  'slipway.changeServing': { doing: 'changing serving settings', needsTrust: true, run: changeServing },
  'slipway.useThreshold': { doing: 'deploying with a threshold', needsTrust: true, run: useThreshold },
  'slipway.scoreFile': { doing: 'scoring a file', needsTrust: true, run: scoreFile },
  'slipway.rollBack': { doing: 'rolling back', run: rollBack },
  'slipway.promote': {
    doing: 'promoting a rollout',
    needsTrust: true,
    run: promote,
  },
  'slipway.cancelRollout': {
    doing: 'cancelling a rollout',
    run: async (app, subject) => {
      const name = await endpointOf(app, subject, 'Slipway: Cancel Rollout', ({ rollout }) => rollout?.cancellable === true);
      if (name !== undefined) {
        await withMessage(`Cancelling the rollout to ${name}`, () => app.connection.call('cancelRollout', { name }));
      }
    },
  },
  'slipway.openReleases': {
    doing: 'opening the releases',
    run: async (app, subject) => {
      const endpoint = await endpointOf(app, subject, 'Slipway: Open Releases');
      if (endpoint !== undefined) {
        app.panels.open({ panel: 'releases', endpoint });
      }
    },
  },
  'slipway.sendTestRequest': { doing: 'sending a test request', run: sendTestRequest },
  'slipway.sendRequestDocument': { doing: 'sending a test request', run: sendRequestDocument },
  'slipway.copyCurl': { doing: 'copying a request', run: copyCurl },
  'slipway.openEndpointDocs': {
    doing: 'opening the documentation of an endpoint',
    run: async (app, subject) => {
      const name = await endpointOf(app, subject, 'Slipway: Open Endpoint Documentation', ({ liveVersion }) => liveVersion !== undefined);
      if (name !== undefined) {
        const { url } = await app.connection.call('getEndpoint', { name });
        await env.openExternal(await env.asExternalUri(Uri.parse(`${url}/docs`)));
      }
    },
  },
  'slipway.copyEndpointUrl': {
    doing: 'copying a URL',
    run: async (app, subject) => {
      const name = await endpointOf(app, subject, 'Slipway: Copy Endpoint URL');
      if (name !== undefined) {
        const { url } = await app.connection.call('getEndpoint', { name });
        await env.clipboard.writeText(`${url}/invocations`);
        window.setStatusBarMessage(`Copied ${url}/invocations`, 5000);
      }
    },
  },
  'slipway.scaleEndpoint': { doing: 'scaling an endpoint', needsTrust: true, run: scaleEndpoint },
  'slipway.stopEndpoint': {
    doing: 'stopping an endpoint',
    run: async (app, subject) => {
      const name = await endpointOf(app, subject, 'Slipway: Stop Endpoint', ({ state }) => state !== 'stopped' && state !== 'empty');
      if (name !== undefined && (await confirm(`Stop ${name}?`, 'Its URL answers no more requests until it is started again. Its releases stay.', 'Stop'))) {
        await withMessage(`Stopping ${name}`, () => app.connection.call('stopEndpoint', { name }));
      }
    },
  },
  'slipway.startEndpoint': {
    doing: 'starting an endpoint',
    needsTrust: true,
    run: async (app, subject) => {
      const name = await endpointOf(app, subject, 'Slipway: Start Endpoint', ({ state }) => state === 'stopped' || state === 'failed');
      if (name !== undefined) {
        await withMessage(`Starting ${name}`, () => app.connection.call('startEndpoint', { name }));
      }
    },
  },
  'slipway.prune': { doing: 'freeing disk space', run: prune },
  'slipway.deleteEndpoint': { doing: 'deleting an endpoint', run: deleteEndpoint },
};

async function deleteEndpoint(app: App, subject: unknown): Promise<void> {
  const name = await endpointOf(app, subject, 'Slipway: Delete Endpoint');
  if (name === undefined) {
    return;
  }
  const confirmed = subjectAs(z.object({ confirmed: z.literal(true) }), subject) !== undefined;
  if (confirmed || (await confirm(`Delete the endpoint ${name}?`, 'Its URL stops answering and its replicas end. The model versions, the releases and the audit log stay.', 'Delete'))) {
    const remove = (evenIfBusy: 'true' | 'false'): Thenable<unknown> => withMessage(`Deleting ${name}`, () => app.connection.call('deleteEndpoint', { name, evenIfBusy }));
    try {
      await remove(confirmed ? 'true' : 'false');
    } catch (error) {
      if (!CallFailure.is(error, 'conflict') || error.field !== 'evenIfBusy') {
        throw error;
      }
      if (await confirm(`Delete ${name} although it is in use?`, `${error.message} Its callers get an error from then on.`, 'Delete Nevertheless')) {
        await remove('true');
      }
    }
  }
}
