import { commands } from 'vscode';

/** Every context key that `when` clauses in package.json use. */
export type ContextKey = 'slipway.companion' | 'slipway.hasRuns' | 'slipway.deletedShown' | 'slipway.notebookMode';

export function setContext(key: ContextKey, value: string | boolean): void {
  void commands.executeCommand('setContext', key, value);
}
