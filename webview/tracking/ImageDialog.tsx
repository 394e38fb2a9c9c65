import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { ToolButton } from '../ui/blocks.tsx';
import { Button } from '../ui/toolkit.ts';
import { ArtifactImage } from './ArtifactImage.tsx';
import { fileAt, type ArtifactRow } from './artifactRows.ts';
import { StepSlider, stepOf } from './StepSlider.tsx';
import { RunHead } from './RunHead.tsx';
import type { CompareStore } from './store.ts';

interface DialogProps {
  readonly row: ArtifactRow;
  /** The run that is shown at first. */
  readonly first: string;
  readonly runs: readonly Run[];
  readonly store: CompareStore;
  readonly onClose: () => void;
}

/** One image as large as it fits; the arrow keys go from run to run. */
export function ImageDialog({ row, first, runs, store, onClose }: DialogProps): VNode | null {
  const actions = useActions();
  const task = useTask();
  const shown = useSignal(first);
  const having = runs.filter(({ runId }) => row.files.has(runId));
  const at = having.findIndex(({ runId }) => runId === shown.value);
  const run = having[at];
  const file = run === undefined ? undefined : fileAt(row, run.runId, stepOf(row, store));
  if (run === undefined || file === undefined) {
    return null;
  }
  const move = (by: number): void => {
    shown.value = having[(at + by + having.length) % having.length]?.runId ?? first;
  };
  return (
    <Dialog
      title={row.name}
      wide
      onClose={onClose}
      footer={
        <>
          {task.failure.value !== undefined && <span role="alert">{task.failure.value.message}</span>}
          <Button icon="go-to-file" onClick={() => { task.run(() => actions.command('slipway.openArtifact', { runId: run.runId, path: file.path })); }}>
            Open File
          </Button>
          <Button primary onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div
        class="enlarged"
        onKeyDown={(event) => {
          const by = event.target instanceof HTMLInputElement ? undefined : { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (by !== undefined) {
            event.preventDefault();
            move(by);
          }
        }}
      >
        <div class="enlarged-head">
          <ToolButton icon="arrow-left" label="Previous run" disabled={having.length < 2} onClick={() => { move(-1); }} />
          <RunHead run={run} store={store} />
          <ToolButton icon="arrow-right" label="Next run" disabled={having.length < 2} onClick={() => { move(1); }} />
          <StepSlider row={row} store={store} />
        </div>
        <ArtifactImage key={`${run.runId} ${file.path}`} store={store} run={run} file={file} path={file.path} name={row.series ? `${row.name}, step ${file.step}` : row.name} />
      </div>
    </Dialog>
  );
}
