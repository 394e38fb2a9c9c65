import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { Failure, LinkButton, Section, Skeleton } from '../ui/blocks.tsx';
import { plural } from '../../server/contract/format/plural.ts';
import { ArtifactImage } from './ArtifactImage.tsx';
import { artifactRows, fileAt, type ArtifactRow } from './artifactRows.ts';
import { ArtifactTables } from './ArtifactTables.tsx';
import { ImageDialog } from './ImageDialog.tsx';
import { OpenArtifact } from './OpenArtifact.tsx';
import { RunHeads } from './RunHead.tsx';
import { StepSlider, stepOf } from './StepSlider.tsx';
import type { CompareStore } from './store.ts';

const rowsAtOnce = 12;

/** Images and tables that the selected runs logged, one row a name and one column a run. */
export function Artifacts({ store }: { readonly store: CompareStore }): VNode | null {
  const { files, runs: shownRuns } = store.artifacts;
  const runs = shownRuns.value;
  const found = files.value.value;
  const failure = files.failure.value;
  const limit = useSignal(rowsAtOnce);
  const enlarged = useSignal<{ readonly row: ArtifactRow; readonly runId: string } | undefined>(undefined);
  const rows = useMemo(() => {
    const selected = new Set(runs.map(({ runId }) => runId));
    return artifactRows((found ?? []).filter(({ runId }) => selected.has(runId)));
  }, [found, runs]);
  const title = 'Images and tables';
  if (runs.length === 0) {
    return null;
  }
  const elsewhere = (found ?? []).filter((run) => run.elsewhere !== undefined);
  const isCut = (found ?? []).some(({ truncated }) => truncated);
  const visible = rows.slice(0, limit.value);
  return (
    <Section title={title} {...(rows.length === 0 ? {} : { note: plural(rows.length, 'file name') })}>
      {failure !== undefined && <Failure what="The artifacts could not be listed." failure={failure} onRetry={files.refresh} />}
      {found === undefined && failure === undefined && <Skeleton rows={3} label="Loading artifacts" />}
      {found !== undefined && rows.length === 0 && <p class="muted">The selected runs logged no images or tables.</p>}
      {store.selected.value.length > runs.length && rows.length > 0 && <p class="muted">Files of the first {runs.length} selected runs.</p>}
      {elsewhere.length > 0 && <p class="muted">The artifacts of {plural(elsewhere.length, 'run')} are kept elsewhere: {elsewhere[0]?.elsewhere}</p>}
      {isCut && <p class="muted">Some runs have more files than are listed.</p>}
      {visible.length > 0 && (
        <div class="artifacts" role="region" aria-label={title} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <RunHeads runs={runs} store={store} />
              </tr>
            </thead>
            {visible.map((row) => (
              <ArtifactGroup key={`${row.kind} ${row.series} ${row.name}`} row={row} runs={runs} store={store} onEnlarge={(runId) => { enlarged.value = { row, runId }; }} />
            ))}
          </table>
        </div>
      )}
      {rows.length > visible.length && (
        <LinkButton onClick={() => { limit.value += rowsAtOnce; }}>Show {Math.min(rowsAtOnce, rows.length - visible.length)} more of {rows.length} file names</LinkButton>
      )}
      {enlarged.value !== undefined && <ImageDialog row={enlarged.value.row} first={enlarged.value.runId} runs={runs} store={store} onClose={() => { enlarged.value = undefined; }} />}
    </Section>
  );
}

interface GroupProps {
  readonly row: ArtifactRow;
  readonly runs: readonly Run[];
  readonly store: CompareStore;
  readonly onEnlarge: (runId: string) => void;
}

/** One name: its heading across all runs, then what each run has. */
function ArtifactGroup({ row, runs, store, onEnlarge }: GroupProps): VNode {
  const step = stepOf(row, store);
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={runs.length} class="artifact-name">
          <span class="artifact-heading">
            <span>{row.name}</span>
            <StepSlider row={row} store={store} />
          </span>
        </th>
      </tr>
      {row.kind === 'table' ? (
        <ArtifactTables row={row} runs={runs} store={store} />
      ) : (
        <tr>
          {runs.map((run) => {
            const file = fileAt(row, run.runId, step);
            return (
              <td key={run.runId}>
                {file === undefined ? (
                  <span class="artifact-none muted">none</span>
                ) : row.kind !== 'image' ? (
                  <OpenArtifact runId={run.runId} path={file.path}>
                    {row.kind === 'page' ? 'HTML is not run here.' : `This version does not show a file of the kind “${row.kind}”.`}
                  </OpenArtifact>
                ) : (
                  <ArtifactImage store={store} run={run} file={file.preview} path={file.path} name={row.series ? `${row.name}, step ${file.step}` : row.name} onEnlarge={() => { onEnlarge(run.runId); }} />
                )}
                {row.series && file !== undefined && file.step !== step && <span class="muted">step {file.step}</span>}
              </td>
            );
          })}
        </tr>
      )}
    </tbody>
  );
}
