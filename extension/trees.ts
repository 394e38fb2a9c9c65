import { commands, type Disposable, type LogOutputChannel } from 'vscode';
import { z } from 'zod';
import type { AppCommands } from './app.ts';
import type { Connection } from './companion/connection.ts';
import type { TrackingServer } from '../server/contract/trackingServer.ts';
import type { CompanionEvent } from '../server/contract/events.ts';
import { createEndpointsTree } from './deployments/endpointsTree.ts';
import { showAttention } from './deployments/showAttention.ts';
import { createExperimentsTree, type ExperimentsTree } from './tracking/experimentsTree.ts';
import { createModelsTree } from './registry/modelsTree.ts';
import { shortName } from './tracking/trackingServer.ts';
import { setContext } from './vscode/context.ts';
import { createDisposables } from './vscode/disposables.ts';
import { subjectAs } from './vscode/commands.ts';
import type { Tree } from './vscode/trees.ts';

export interface Trees extends Disposable {
  readonly commands: AppCommands;
  /** True while any of them can be seen. */
  readonly visible: boolean;
  refresh(): void;
  /** Shows which server keeps runs and models, and what waits for it. */
  nameServer(server: TrackingServer | undefined): void;
}

type Topic = CompanionEvent['topic'];

/** Which command a key runs on the focused rows, by what the first of them stands for. */
type KeyCommands = readonly { readonly fits: z.ZodType; readonly command: keyof AppCommands }[];
const deletions: KeyCommands = [
  { fits: z.object({ deleted: z.unknown() }), command: 'slipway.deletePermanently' },
  { fits: z.object({ runId: z.string() }), command: 'slipway.deleteRun' },
  { fits: z.object({ experimentId: z.string() }), command: 'slipway.deleteExperiment' },
];
const renamings: KeyCommands = [
  { fits: z.object({ runId: z.string() }), command: 'slipway.renameRun' },
  { fits: z.object({ experimentId: z.string() }), command: 'slipway.renameExperiment' },
];

/** Runs a command on the rows that the tree has selected, as its context menu does. */
async function runOnSelection({ view }: ExperimentsTree, keyCommands: KeyCommands): Promise<void> {
  const [first] = view.selection;
  const found = first === undefined ? undefined : keyCommands.find(({ fits }) => fits.safeParse(first.subject).success);
  if (found !== undefined) {
    await commands.executeCommand(found.command, first, view.selection);
  }
}

/** The three trees of the activity bar; each asks again when something happened to what it shows. */
export function createTrees(connection: Connection, log: LogOutputChannel): Trees {
  const disposables = createDisposables();
  const experiments = disposables.add(createExperimentsTree(connection));
  const models = disposables.add(createModelsTree(connection));
  const endpoints = disposables.add(createEndpointsTree(connection));
  disposables.add(showAttention(connection, endpoints.view, log));
  const shows: readonly { readonly tree: Tree; readonly topics: readonly Topic[] }[] = [
    { tree: experiments, topics: ['experiments', 'run', 'capture', 'companion'] },
    { tree: models, topics: ['model', 'endpoint', 'companion'] },
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

  const treeCommands: AppCommands = {
    'slipway.showMoreRuns': {
      doing: 'showing more runs',
      run(_app, subject) {
        const experimentId = subjectAs(z.object({ experimentId: z.string() }), subject)?.experimentId;
        if (experimentId !== undefined) {
          experiments.showMore(experimentId);
        }
      },
    },
    'slipway.showDeleted': { doing: 'showing what was deleted', run: () => experiments.showDeleted(true) },
    'slipway.hideDeleted': { doing: 'hiding what was deleted', run: () => experiments.showDeleted(false) },
    'slipway.deleteSelected': { doing: 'deleting the selected rows', run: () => runOnSelection(experiments, deletions) },
    'slipway.renameSelected': { doing: 'renaming the selected row', run: () => runOnSelection(experiments, renamings) },
  };
  return {
    commands: treeCommands,
    refresh,
    get visible() {
      return shows.some(({ tree }) => tree.view.visible);
    },
    nameServer(server) {
      for (const { view } of [experiments, models]) {
        view.description = server === undefined || server.uri === '' ? '' : shortName(server.uri);
        view.message = server === undefined || server.waiting.length === 0 ? '' : `Waits for the server: ${server.waiting.slice(0, 3).join('; ')}${server.waiting.length > 3 ? ` and ${server.waiting.length - 3} more` : ''}`;
      }
    },
    dispose: () => void disposables.dispose(),
  };
}
