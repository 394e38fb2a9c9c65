import {
  type Disposable,
  EventEmitter,
  type NotebookCell,
  NotebookCellStatusBarAlignment,
  NotebookCellStatusBarItem,
  type NotebookCellStatusBarItemProvider,
  notebooks,
} from 'vscode';
import { plural } from '../../server/contract/format/plural.ts';
import type { CellResults } from '../../server/contract/notebooks.ts';
import { createDisposables } from '../vscode/disposables.ts';
import type { NotebookAttachment } from './attachment.ts';
import { cellId } from './cellIdentity.ts';
import { returnsNumber } from './keepAsMetric.ts';
import { interactiveType, notebookType } from './recordedFile.ts';

/** A way on from what a cell led to. */
export interface CellAction {
  readonly text: string;
  readonly tooltip: string;
  readonly command: { readonly command: string; readonly title: string; readonly arguments: unknown[] };
}

/** What a cell's status bar offers for what its execution led to. A model is complete only when the cell has ended. */
export function cellActions({ runs, models }: CellResults, running: boolean): CellAction[] {
  const runIds = runs.map(({ runId }) => runId);
  const latest = running ? undefined : models.at(-1);
  const open = runs.length === 1 ? 'Open the run' : 'Compare the runs';
  return [
    ...(runs.length === 0
      ? []
      : [
          {
            text: `$(beaker) ${plural(runs.length, 'run')}`,
            tooltip: `${open}: ${runs.map(({ name }) => name).join(', ')}`,
            command: { command: 'slipway.compareRuns', title: open, arguments: [{ runIds }] },
          },
        ]),
    ...(latest === undefined
      ? []
      : [
          {
            text: `$(package) ${models.length === 1 ? 'model logged' : `${models.length} models logged`}: register`,
            tooltip: `Register ${latest.name} as a model version`,
            command: { command: 'slipway.registerModel', title: 'Register Model', arguments: [{ runId: latest.runId, modelId: latest.modelId }] },
          },
          {
            text: '$(rocket) deploy',
            tooltip: `Register ${latest.name} if needed, and deploy it`,
            command: { command: 'slipway.deployLoggedModel', title: 'Deploy Model', arguments: [{ runId: latest.runId, modelId: latest.modelId }] },
          },
        ]),
  ];
}

function keepAction(cell: NotebookCell): CellAction {
  return {
    text: '$(graph) keep as metric',
    tooltip: 'Keep the number that the cell ends with as a metric of the captured run',
    command: { command: 'slipway.keepAsMetric', title: 'Keep as Metric', arguments: [cell] },
  };
}

/** Says below cells what runs and models they made, with the ways on. */
export function showCellStatus(attachment: NotebookAttachment): Disposable {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<void>());
  disposables.add(attachment.onDidChangeResults(() => changed.fire()));
  const provider: NotebookCellStatusBarItemProvider = {
    onDidChangeCellStatusBarItems: changed.event,
    provideCellStatusBarItems: (cell: NotebookCell) => {
      const results = attachment.results(cell.notebook).get(cellId(cell));
      return [...(results === undefined ? [] : cellActions(results, attachment.isRunning(cell))), ...(returnsNumber(cell) ? [keepAction(cell)] : [])].map(({ text, tooltip, command }, index) => {
        const item = new NotebookCellStatusBarItem(text, NotebookCellStatusBarAlignment.Left);
        item.tooltip = tooltip;
        item.command = { ...command };
        item.priority = 10 - index;
        return item;
      });
    },
  };
  for (const type of [notebookType, interactiveType]) {
    disposables.add(notebooks.registerNotebookCellStatusBarItemProvider(type, provider));
  }
  return disposables;
}
