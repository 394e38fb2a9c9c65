import type { Disposable } from 'vscode';
import { z } from 'zod';
import type { AppCommands } from './app.ts';
import type { Connection } from './companion/connection.ts';
import type { CompanionEvent } from '../server/contract/events.ts';
import { createEndpointsTree } from './deployments/endpointsTree.ts';
import { createExperimentsTree } from './experiments/experimentsTree.ts';
import { createModelsTree } from './registry/modelsTree.ts';
import { setContext } from './vscode/context.ts';
import { createDisposables } from './vscode/disposables.ts';
import { subjectAs } from './vscode/commands.ts';

export interface Trees extends Disposable {
  readonly commands: AppCommands;
  refresh(): void;
}

type Topic = CompanionEvent['topic'];

/** The three trees of the activity bar; each asks again when something happened to what it shows. */
export function createTrees(connection: Connection): Trees {
  const disposables = createDisposables();
  const experiments = disposables.add(createExperimentsTree(connection));
  const models = disposables.add(createModelsTree(connection));
  const endpoints = disposables.add(createEndpointsTree(connection));
  const shows: readonly { readonly tree: { refresh(): void }; readonly topics: readonly Topic[] }[] = [
    { tree: experiments, topics: ['experiments', 'run', 'capture'] },
    { tree: models, topics: ['model', 'endpoint'] },
    { tree: endpoints, topics: ['endpoint', 'rollout', 'release'] },
  ];
  const refresh = (): void => shows.forEach(({ tree }) => void tree.refresh());

  disposables.add(connection.onDidReceive(({ topic }) => shows.filter(({ topics }) => topics.includes(topic)).forEach(({ tree }) => void tree.refresh())));
  disposables.add(
    connection.onDidChangeState((state) => {
      setContext('slipway.companion', state);
      if (state !== 'starting') {
        refresh();
      }
    }),
  );
  setContext('slipway.companion', connection.state);

  const commands: AppCommands = {
    'slipway.showMoreRuns': {
      doing: 'showing more runs',
      run(_app, subject) {
        const experimentId = subjectAs(z.object({ experimentId: z.string() }), subject)?.experimentId;
        if (experimentId !== undefined) {
          experiments.showMore(experimentId);
        }
      },
    },
  };
  return { commands, refresh, dispose: () => void disposables.dispose() };
}
