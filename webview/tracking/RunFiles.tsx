import type { VNode } from 'preact';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Failure, LinkButton, Section, Skeleton } from '../ui/blocks.tsx';
import type { CompareStore } from './store.ts';

/** All files that a run logged; a press opens one in the editor. */
export function RunFiles({ store }: { readonly store: CompareStore }): VNode {
  const actions = useActions();
  const task = useTask();
  const { value, failure, refresh } = store.page.files;
  const found = value.value;
  if (found === undefined) {
    return <Section title="Files">{failure.value === undefined ? <Skeleton rows={5} label="Loading the files" /> : <Failure what="The files could not be listed." failure={failure.value} onRetry={refresh} />}</Section>;
  }
  const { files, runId, elsewhere, truncated } = found;
  return (
    <Section title="Files" note={`${plural(files.length, 'file')}${truncated ? ' and more' : ''}, ${formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0))}`}>
      {failure.value !== undefined && <Failure what="The files could not be listed again." failure={failure.value} onRetry={refresh} />}
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      {elsewhere !== undefined && <p class="muted">Its files are kept at {elsewhere}, where Slipway does not read them.</p>}
      {files.length === 0 && elsewhere === undefined && <p class="muted">The run has logged no files.</p>}
      {files.length > 0 && (
        <div class="table-scroll run-files" role="region" aria-label="Files of the run" tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col" class="number">Size</th>
              </tr>
            </thead>
            <tbody>
              {files.map(({ path, bytes }) => (
                <tr key={path}>
                  <th scope="row"><LinkButton title="Open in the editor" onClick={() => { task.run(() => actions.command('slipway.openArtifact', { runId, path })); }}>{path}</LinkButton></th>
                  <td class="number">{formatBytes(bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
