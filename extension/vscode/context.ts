import { commands } from 'vscode';

/** Every context key that `when` clauses and the steps of the walkthrough in package.json use. */
export type ContextKey = 'slipway.companion' | 'slipway.attached' | 'slipway.hasRuns' | 'slipway.compared' | 'slipway.serves' | 'slipway.watched' | 'slipway.rolledBack' | 'slipway.deletedShown' | 'slipway.notebookMode';

export function setContext(key: ContextKey, value: string | boolean): void {
  void commands.executeCommand('setContext', key, value);
}
