import { setTimeout as delay } from 'node:timers/promises';
import { commands } from 'vscode';
import { type ContextKey, setContext } from './context.ts';

/** Steps of the walkthrough that are done, whether or not it was shown by then. */
const done = new Set<ContextKey>();
/** VS Code reads walkthroughs when the first one is shown, and says nothing when it has. */
const readMilliseconds = 2000;

/** Ticks a step of the walkthrough, which names the key in its completion events. */
export function tickStep(key: ContextKey): void {
  if (!done.has(key)) {
    done.add(key);
    setContext(key, true);
  }
}

/**
 * Shows a walkthrough. VS Code never ticks a step whose key was set before it has read the walkthrough (`gettingStartedService.ts`, `registerDoneListeners`):
 * what is done by then is told again.
 */
export async function openWalkthrough(id: string, toSide: boolean): Promise<void> {
  await Promise.all([...done].map((key) => commands.executeCommand('setContext', key, false)));
  await commands.executeCommand('workbench.action.openWalkthrough', id, toSide);
  await delay(readMilliseconds);
  done.forEach((key) => setContext(key, true));
}
