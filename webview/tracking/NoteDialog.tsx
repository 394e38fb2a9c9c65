import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { useTask } from '../ui/actions.ts';
import { Failure } from '../ui/blocks.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { Button } from '../ui/toolkit.ts';
import { noteOf } from './fields.ts';
import type { CompareStore } from './store.ts';

/** What the companion takes, in characters. */
const longest = 8000;

interface NoteDialogProps {
  readonly run: Run;
  readonly store: CompareStore;
  readonly onClose: () => void;
}

/** The note of a run, to read and to write. */
export function NoteDialog({ run, store, onClose }: NoteDialogProps): VNode {
  const text = useSignal(noteOf(run));
  const field = useRef<HTMLTextAreaElement>(null);
  const task = useTask();
  useEffect(() => {
    field.current?.focus();
  }, []);
  const save = (): void => {
    task.run(async () => {
      await store.setNote(run.runId, text.value.trim());
      onClose();
    });
  };
  return (
    <Dialog
      title={`Note on ${run.name}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button primary disabled={task.running.value} onClick={save}>
            {task.running.value ? 'Saving…' : 'Save'}
          </Button>
        </>
      }
    >
      {task.failure.value !== undefined && <Failure what="The note was not saved." failure={task.failure.value} onDismiss={task.clear} />}
      <textarea
        ref={field}
        class="field note-field"
        aria-label="Note"
        placeholder="What this run was for, and what came of it. Markdown; MLflow shows it as the description."
        rows={8}
        maxLength={longest}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            save();
          }
        }}
      />
      <p class="muted">
        {text.value.length > longest * 0.9 ? `${formatNumber(text.value.length)} of ${formatNumber(longest)} characters. ` : ''}Ctrl+Enter saves; an empty note is removed.
      </p>
    </Dialog>
  );
}
