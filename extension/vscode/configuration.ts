import { type ConfigurationScope, workspace } from 'vscode';
import { readWindowSettings, type WindowSettings } from '../../server/contract/settings.ts';

/** The settings of this window as they are now. @param scope the notebook that is asked about: a folder may set some for its own */
export function windowSettings(scope?: ConfigurationScope): WindowSettings {
  const configuration = workspace.getConfiguration('slipway', scope);
  return readWindowSettings((name) => configuration.get(name));
}
