import { type Disposable, type Uri, window } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { PanelSubject } from '../../server/contract/panels.ts';
import type { App } from '../app.ts';
import { presentFailure } from '../vscode/failures.ts';
import { readLink, type Link } from './links.ts';

/** Asks for what a link names, so that one that leads nowhere opens nothing. */
async function subjectOf({ connection }: App, link: Link): Promise<PanelSubject> {
  switch (link.kind) {
    case 'run': {
      const { runId } = await connection.call('getRun', { runId: link.runId });
      return { panel: 'compare', runIds: [runId] };
    }
    case 'experiment': {
      const { experiments } = await connection.call('listExperiments', {});
      if (!experiments.some(({ experimentId }) => experimentId === link.experimentId)) {
        throw new CallFailure('not-found', `There is no experiment ${link.experimentId}.`);
      }
      return { panel: 'compare', runIds: [], experimentId: link.experimentId };
    }
    case 'model': {
      const { name } = await connection.call('getModel', { name: link.name });
      return { panel: 'registry', model: name };
    }
    case 'version': {
      const { name } = await connection.call('getVersion', { name: link.name, version: link.version });
      return { panel: 'registry', model: name };
    }
    case 'endpoint': {
      const { name } = await connection.call('getEndpoint', { name: link.endpoint });
      return { panel: 'releases', endpoint: name };
    }
    case 'release': {
      const { digest, model } = await connection.call('getRelease', { digest: link.digest });
      const { spans } = await connection.call('listLiveSpans', { model: model.name });
      const span = spans.find(({ release }) => release === digest);
      return span === undefined ? { panel: 'registry', model: model.name } : { panel: 'releases', endpoint: span.endpoint };
    }
    case 'promotion': {
      const { id } = await connection.call('getPromotion', { id: link.id });
      return { panel: 'promotion', id };
    }
  }
}

/** Opens what links from outside of the editor name, such as those that mlflow prints or a colleague sends. They show; nothing is changed, run or deployed. */
export function openLinks(app: App): Disposable {
  return window.registerUriHandler({
    async handleUri({ path }: Uri) {
      const link = readLink(path);
      if (link === undefined) {
        app.log.warn('refused a link', JSON.stringify(path.slice(0, 300)));
        void window.showWarningMessage('Slipway does not know what this link names. Links to runs, experiments, registered models and their versions, endpoints, releases and promotions can be opened.');
        return;
      }
      try {
        app.panels.open(await subjectOf(app, link));
      } catch (error) {
        void presentFailure(app.log, 'opening a link', error);
      }
    },
  });
}
