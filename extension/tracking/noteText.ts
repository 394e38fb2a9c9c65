import type { Run } from '../../server/contract/tracking.ts';

/** The tag that MLflow keeps the note of a run in, as Markdown. */
const noteTag = 'mlflow.note.content';

export function noteOf({ tags }: Pick<Run, 'tags'>): string | undefined {
  const note = tags[noteTag];
  return note === undefined || note.trim() === '' ? undefined : note;
}

const longestLine = 60;

/** The first line of a note without Markdown's marks, for a row. */
export function noteLine(note: string): string {
  const [first = ''] = note.trim().split('\n');
  const plain = first.replace(/^[#>\s-]+/, '').replace(/[*_`]/g, '').trim();
  return plain.length > longestLine ? `${plain.slice(0, longestLine - 1)}…` : plain;
}
