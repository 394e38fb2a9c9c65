import { Diagnostic, DiagnosticSeverity, type Disposable, Hover, languages, type LogOutputChannel, MarkdownString, Range, RelativePattern, type TextDocument, Uri, workspace } from 'vscode';
import { describeSource, describeValue } from '../../server/contract/format/policies.ts';
import { policyFileName } from '../../server/contract/policyFile.ts';
import type { ModelPolicy, PolicyProblem } from '../../server/contract/policy.ts';
import type { Connection } from '../companion/connection.ts';
import { createDisposables, type Disposables } from '../vscode/disposables.ts';
import { describeFailure } from '../vscode/failures.ts';

/** Files of the workspace's folders; those in folders below are other projects'. */
function isPolicy(uri: Uri): boolean {
  return uri.scheme === 'file' && (workspace.workspaceFolders ?? []).some(({ uri: folder }) => Uri.joinPath(folder, policyFileName).toString() === uri.toString());
}

/**
 * Follows the policies of the workspace: a saved one is put in force where the workspace is trusted, its first problem is shown at its place, and a
 * model's entry says what is in force for it.
 */
export function followPolicyFiles(connection: Connection, log: LogOutputChannel): Disposable {
  const disposables = createDisposables();
  const diagnostics = disposables.add(languages.createDiagnosticCollection('slipway-policy'));
  const show = (uri: Uri, problem: PolicyProblem | undefined): void => diagnostics.set(uri, problem === undefined ? [] : [toDiagnostic(problem)]);

  const check = async (document: TextDocument): Promise<void> => {
    if (!isPolicy(document.uri) || connection.state !== 'running') {
      return;
    }
    const { version } = document;
    const { problem } = await connection.call('checkPolicy', { file: document.uri.fsPath, text: document.getText() });
    if (document.version === version && !document.isClosed) {
      show(document.uri, problem);
    }
  };
  const adopt = async (uri: Uri): Promise<void> => {
    if (!workspace.isTrusted || connection.state !== 'running') {
      return;
    }
    const { problem } = await connection.call('adoptPolicy', { file: uri.fsPath });
    show(uri, problem);
  };
  const logged = (work: Promise<void>): void => void work.catch((error: unknown) => log.warn(`the policy: ${describeFailure(error)}`));

  const adoptAll = async (): Promise<void> => {
    for (const { uri } of workspace.workspaceFolders ?? []) {
      const file = Uri.joinPath(uri, policyFileName);
      const isThere = await Promise.resolve(workspace.fs.stat(file)).then(() => true, () => false);
      if (isThere) {
        await adopt(file);
      }
    }
    await Promise.all(workspace.textDocuments.map(check));
  };
  let watchers: Disposables = createDisposables();
  const watch = (): void => {
    watchers.dispose();
    watchers = createDisposables();
    for (const folder of workspace.workspaceFolders ?? []) {
      const watcher = watchers.add(workspace.createFileSystemWatcher(new RelativePattern(folder, policyFileName), false, false, true));
      watchers.add(watcher.onDidChange((uri) => logged(adopt(uri))));
      watchers.add(watcher.onDidCreate((uri) => logged(adopt(uri))));
    }
  };
  watch();
  disposables.add({
    dispose() {
      watchers.dispose();
    },
  });
  disposables.add(
    workspace.onDidChangeWorkspaceFolders(() => {
      watch();
      logged(adoptAll());
    }),
  );
  disposables.add(workspace.onDidGrantWorkspaceTrust(() => logged(adoptAll())));
  disposables.add(connection.onDidChangeState((state) => (state === 'running' ? logged(adoptAll()) : undefined)));
  disposables.add(workspace.onDidOpenTextDocument((document) => logged(check(document))));
  disposables.add(workspace.onDidChangeTextDocument(({ document }) => logged(check(document))));
  disposables.add(workspace.onDidCloseTextDocument(({ uri }) => diagnostics.delete(uri)));
  disposables.add(
    languages.registerHoverProvider(
      { scheme: 'file', pattern: `**/${policyFileName}` },
      {
        async provideHover(document, { line }) {
          if (!isPolicy(document.uri) || connection.state !== 'running') {
            return undefined;
          }
          const { models } = await connection.call('checkPolicy', { file: document.uri.fsPath, text: document.getText() });
          const entry = models.find((model) => model.line === line + 1);
          return entry === undefined ? undefined : new Hover(describe(await connection.call('getPolicy', { model: entry.name })));
        },
      },
    ),
  );
  return disposables;
}

function toDiagnostic({ message, line, column, endLine, endColumn }: PolicyProblem): Diagnostic {
  const diagnostic = new Diagnostic(new Range(line - 1, column - 1, endLine - 1, endColumn - 1), `${message} What was in force before stays so.`, DiagnosticSeverity.Error);
  diagnostic.source = 'slipway';
  return diagnostic;
}

/** What is in force for a model, and what the other tiers would add; the file's own words are shown as they are. */
function describe({ model, tier, values, others }: ModelPolicy): MarkdownString {
  const markdown = new MarkdownString();
  markdown.appendText(`In force for ${model}: tier ${tier}`);
  markdown.appendCodeblock(values.length === 0 ? 'nothing is asked of it' : values.map(({ key, value, source }) => `${key}: ${describeValue(value)}  # ${describeSource(source)}`).join('\n'), 'yaml');
  for (const other of others.filter(({ values: differing }) => differing.length > 0)) {
    markdown.appendText(`With tier: ${other.tier}`);
    markdown.appendCodeblock(other.values.map(({ key, value, now }) => `${key}: ${describeValue(value)}${now === undefined ? '' : `  # now ${describeValue(now)}`}`).join('\n'), 'yaml');
  }
  return markdown;
}
