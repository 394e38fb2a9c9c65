import path from 'node:path';
import { env, type ExtensionContext, workspace } from 'vscode';
import { localCaller } from '../../server/client/caller.ts';
import { dataHomePath } from '../../server/client/dataHome.ts';
import type { StartOptions } from '../../server/client/start.ts';
import { windowSettings } from '../vscode/configuration.ts';

/** How this window starts its companion, from the settings as they are now. */
export function startOptions(context: ExtensionContext): StartOptions {
  const { home: given, 'companion.port': port } = windowSettings();
  const home = given.trim();
  const manifest: { version?: unknown } = context.extension.packageJSON as { version?: unknown };
  return {
    home: home === '' ? dataHomePath() : path.resolve(home),
    entry: context.asAbsolutePath(path.join('dist', 'companion.mjs')),
    version: typeof manifest.version === 'string' ? manifest.version : '0.0.0',
    caller: localCaller('editor'),
    ...(port === 0 ? {} : { port }),
  };
}

/** Whether the views start the companion when they are opened. */
export function startsByItself(): boolean {
  return workspace.isTrusted && windowSettings()['companion.autoStart'];
}

/** What the companion's list of clients calls this window. */
export function leaseLabel(): string {
  return `${env.appName}: ${workspace.name ?? 'no folder'}`;
}
