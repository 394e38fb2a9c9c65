import type { DataReference, GitState } from '../contract/notebooks.ts';

export interface CellLink {
  readonly capture: { readonly runId: string; readonly notebook: string; readonly git: GitState | undefined };
  readonly cellId: string;
  readonly cellIndex: number;
  readonly data: readonly DataReference[];
}

/** MLflow cuts a tag's value at 8,000 characters, which would break the list. */
const longestList = 7500;

function dataList(data: readonly DataReference[]): string {
  const listed = [...data];
  while (JSON.stringify(listed).length > longestList) {
    listed.pop();
  }
  return JSON.stringify(listed);
}

/** Tags that carry a run's lineage: any MLflow client can read them, and they travel with the run. */
export function linkTags({ capture, cellId, cellIndex, data }: CellLink): Record<string, string> {
  const { git } = capture;
  return {
    'slipway.capture': capture.runId,
    'slipway.notebook': capture.notebook,
    'slipway.cell.id': cellId,
    'slipway.cell.index': String(cellIndex),
    ...(git === undefined
      ? {}
      : {
          'slipway.git.commit': git.commit,
          'slipway.git.dirty': String(git.dirty),
          ...(git.branch === undefined ? {} : { 'slipway.git.branch': git.branch }),
          ...(git.remote === undefined ? {} : { 'slipway.git.remote': git.remote }),
        }),
    ...(data.length === 0 ? {} : { 'slipway.data': dataList(data) }),
  };
}
