import path from 'node:path';
import { ProcessExecution, Task, type TaskExecution, TaskPanelKind, TaskScope, tasks, Uri, window, workspace } from 'vscode';
import { z } from 'zod';
import { findRuntime } from '../../server/client/runtime.ts';
import type { App } from '../app.ts';
import { startOptions } from '../companion/options.ts';
import { workspacePython } from '../registry/workspacePython.ts';
import { subjectAs } from '../vscode/commands.ts';
import { askText, chosen } from '../vscode/prompts.ts';
import { splitArguments } from './splitArguments.ts';

const scriptSubject = z.object({ file: z.string(), arguments: z.array(z.string()).default([]), python: z.string().optional() });

const memoryKey = (file: Uri): string => `slipway.scriptArguments ${file.toString()}`;

/** The script that the Explorer or the editor's menu names, else the one in the editor. */
function scriptOf(subject: unknown, given: z.infer<typeof scriptSubject> | undefined): Uri | undefined {
  const active = window.activeTextEditor?.document;
  const file = subject instanceof Uri ? subject : given === undefined ? (active?.languageId === 'python' ? active.uri : undefined) : Uri.file(given.file);
  if (file?.scheme !== 'file' && file?.scheme !== 'vscode-remote') {
    void window.showInformationMessage('Open a Python file that is saved first.');
    return undefined;
  }
  return file;
}

/** Runs a Python file by `slipway run` in a terminal, with the arguments that it was given last: it is captured as notebooks are. */
export async function runScript(app: App, subject: unknown): Promise<TaskExecution | undefined> {
  const given = subjectAs(scriptSubject, subject);
  const file = scriptOf(subject, given);
  return file === undefined ? undefined : start(app, file, given?.arguments ?? splitArguments(app.context.workspaceState.get(memoryKey(file), '')), given?.python);
}

/** The same, after asking for the arguments, which are kept for the file. */
export async function runScriptWith(app: App, subject: unknown): Promise<TaskExecution | undefined> {
  const file = scriptOf(subject, undefined);
  if (file === undefined) {
    return undefined;
  }
  const title = `Slipway: Run ${path.posix.basename(file.path)}`;
  const text = chosen(await askText({ title, prompt: 'Arguments, as in a shell', placeholder: '--alpha 0.5 --name "first try"', value: app.context.workspaceState.get(memoryKey(file), '') }));
  if (text === undefined) {
    return undefined;
  }
  await app.context.workspaceState.update(memoryKey(file), text);
  return start(app, file, splitArguments(text), undefined);
}

async function start({ context }: App, file: Uri, given: readonly string[], python: string | undefined): Promise<TaskExecution> {
  await workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.toString() === file.toString())?.save();
  const { executable, environment } = findRuntime(context.extensionPath);
  const found = python ?? (await workspacePython(file));
  const folder = workspace.getWorkspaceFolder(file);
  const words = [context.asAbsolutePath(path.join('dist', 'slipway.mjs')), 'run', ...(found === undefined ? [] : ['--python', found]), file.fsPath, ...given];
  const execution = new ProcessExecution(executable, words, {
    cwd: folder?.uri.fsPath ?? path.dirname(file.fsPath),
    env: { ...environment, SLIPWAY_HOME: startOptions(context).home },
  });
  const task = new Task({ type: 'slipway', file: file.fsPath }, folder ?? TaskScope.Workspace, `Run ${path.basename(file.fsPath)}`, 'Slipway', execution, []);
  task.presentationOptions = { panel: TaskPanelKind.Dedicated, clear: true };
  return tasks.executeTask(task);
}
