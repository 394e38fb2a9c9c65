import { type Disposable, EventEmitter, type FileChangeEvent, FileChangeType, FileSystemError, type FileSystemProvider, FileType, Uri, ViewColumn, window, workspace } from 'vscode';
import type { App } from '../app.ts';
import type { Connection } from '../companion/connection.ts';
import { createDisposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';
import { noteOf } from './noteText.ts';
import { runIdOf } from './runSelection.ts';

/** Notes of runs as Markdown files; saving one writes it to the companion, saving an empty one removes it. */
const scheme = 'slipway-note';
const longest = 8000;

interface Note {
  readonly text: string;
  /** When it was found to have changed, in epoch milliseconds. */
  readonly changedAt: number;
}

function noteUri(runId: string, name: string): Uri {
  return Uri.from({ scheme, path: `/${runId}/Note of ${name.replace(/[/\\:*?"<>|#%]+/g, '-')}.md` });
}

function runIdIn(uri: Uri): string {
  const [, runId] = /^\/([0-9a-f]{32})\/[^/]+\.md$/.exec(uri.path) ?? [];
  if (runId === undefined) {
    throw FileSystemError.FileNotFound(uri);
  }
  return runId;
}

function readOnly(uri: Uri): never {
  throw FileSystemError.NoPermissions(uri);
}

/** Opens the note of a run in an editor. */
export async function editRunNote(app: App, subject: unknown): Promise<void> {
  const runId = await runIdOf(app, subject, 'Slipway: Edit Note of Run');
  if (runId === undefined) {
    return;
  }
  const { name } = await app.connection.call('getRun', { runId });
  await window.showTextDocument(await workspace.openTextDocument(noteUri(runId, name)), { viewColumn: ViewColumn.Active, preview: false });
}

/** Serves the documents that {@link editRunNote} opens. */
export function serveRunNotes(connection: Connection): Disposable {
  const notes = new Map<string, Note>();
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<FileChangeEvent[]>());

  /** A text that is known keeps its time: VS Code takes another time for a change by somebody else, and refuses the next save. */
  const noted = ({ path }: Uri, text: string): Note => {
    const known = notes.get(path);
    const note = known?.text === text ? known : { text, changedAt: Date.now() };
    notes.set(path, note);
    return note;
  };

  const read = async (uri: Uri): Promise<Note> => {
    try {
      for (;;) {
        const before = notes.get(uri.path);
        const text = noteOf(await connection.call('getRun', { runId: runIdIn(uri) })) ?? '';
        // An answer that a save overtook is older than what was saved.
        if (notes.get(uri.path) === before) {
          return noted(uri, text);
        }
      }
    } catch (error) {
      throw error instanceof FileSystemError ? error : FileSystemError.Unavailable(`The note cannot be read: ${describeFailure(error)}`);
    }
  };

  const provider: FileSystemProvider = {
    onDidChangeFile: changed.event,
    watch: () => ({ dispose: () => undefined }),
    async stat(uri) {
      const { text, changedAt } = await read(uri);
      return { type: FileType.File, ctime: changedAt, mtime: changedAt, size: new TextEncoder().encode(text).byteLength };
    },
    readFile: async (uri) => new TextEncoder().encode((await read(uri)).text),
    async writeFile(uri, content) {
      const written = new TextDecoder().decode(content);
      const text = written.trim() === '' ? '' : written;
      if (text.length > longest) {
        throw FileSystemError.Unavailable(`A note has at most ${longest} characters; this one has ${text.length}.`);
      }
      try {
        await connection.call('setNote', { runId: runIdIn(uri), note: text });
      } catch (error) {
        throw FileSystemError.Unavailable(`The note was not saved: ${describeFailure(error)}`);
      }
      noted(uri, text);
    },
    readDirectory: () => [],
    createDirectory: readOnly,
    delete: readOnly,
    rename: readOnly,
  };
  disposables.add(workspace.registerFileSystemProvider(scheme, provider, { isCaseSensitive: true }));
  disposables.add(
    connection.onDidReceive((event) => {
      const open = event.topic === 'run' ? [...notes.keys()].filter((path) => path.startsWith(`/${event.runId}/`)) : [];
      if (open.length > 0) {
        changed.fire(open.map((path) => ({ type: FileChangeType.Changed, uri: Uri.from({ scheme, path }) })));
      }
    }),
  );
  return disposables;
}
