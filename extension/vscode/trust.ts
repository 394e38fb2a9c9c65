import { commands, window, workspace } from 'vscode';

/** What is said instead of doing something; undefined in a trusted workspace. */
export function untrustedReason(doing: string): string | undefined {
  return workspace.isTrusted ? undefined : `${doing.charAt(0).toUpperCase()}${doing.slice(1)} needs a trusted workspace.`;
}

/** Says why something is not done, with the way to change it. */
export async function presentUntrusted(reason: string): Promise<void> {
  const manage = 'Manage Workspace Trust';
  if ((await window.showWarningMessage(`${reason} Runs, models and endpoints can be read all the same.`, manage)) === manage) {
    await commands.executeCommand('workbench.trust.manage');
  }
}
