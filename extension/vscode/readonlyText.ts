import { commands, type Disposable, EventEmitter, languages, type TextDocumentContentProvider, Uri, ViewColumn, window, workspace } from 'vscode';

const scheme = 'slipway';
const contents = new Map<string, string>();
const changed = new EventEmitter<Uri>();

/** Serves the documents that {@link showText} opens. */
export function serveReadonlyText(): Disposable {
  const provider: TextDocumentContentProvider = { onDidChange: changed.event, provideTextDocumentContent: (uri) => contents.get(uri.path) ?? '' };
  return workspace.registerTextDocumentContentProvider(scheme, provider);
}

/** Shows a Markdown document as it is read; as its source where VS Code's own preview is switched off. */
export async function showMarkdown(name: string, text: string): Promise<void> {
  const uri = Uri.from({ scheme, path: `/${name}` });
  contents.set(uri.path, text);
  changed.fire(uri);
  try {
    await commands.executeCommand('markdown.showPreview', uri);
  } catch {
    await showText(name, text, 'markdown');
  }
}

/** Shows text that cannot be edited; the same name shows in the same editor again. */
export async function showText(name: string, text: string, language: string, column: ViewColumn = ViewColumn.Active): Promise<void> {
  const uri = Uri.from({ scheme, path: `/${name}` });
  contents.set(uri.path, text);
  changed.fire(uri);
  const document = await workspace.openTextDocument(uri);
  const known = await languages.getLanguages();
  if (known.includes(language)) {
    await languages.setTextDocumentLanguage(document, language);
  }
  await window.showTextDocument(document, { preview: true, viewColumn: column, preserveFocus: column === ViewColumn.Beside });
}
