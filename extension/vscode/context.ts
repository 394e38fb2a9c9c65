import { commands } from 'vscode';

/** Every context key that `when` clauses in package.json use. */
export type ContextKey = 'slipway.companion' | 'slipway.hasRuns';

export function setContext(key: ContextKey, value: string | boolean): void {
  void commands.executeCommand('setContext', key, value);
}
