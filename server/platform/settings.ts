import { Router } from 'express';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Caller } from '../contract/caller.ts';
import { settingFromText, settingNames, settingOf, settings as settingsSchema, settingsRoutes, type Settings } from '../contract/settings.ts';
import { Problem, systemErrorCode } from './errors.ts';
import type { Feature } from './feature.ts';
import type { EventHub } from './http/events.ts';
import { implement, invalidInput } from './http/implement.ts';
import { replaceFile, type DataHome } from './home.ts';

/** By the names of the settings. */
export type SettingChanges = Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;

export interface SettingsFeature extends Feature {
  /** The settings in force: environment variables `SLIPWAY_*` win over the file, the file over the defaults. */
  readonly current: () => Settings;
  /** Called with what somebody has changed, from what to what, once it is kept. */
  onChange(listener: (changes: SettingChanges, caller: Caller) => void): void;
}

/** What the environment variables of the settings say; a text that is not of a setting's type is left for the check to refuse. */
function overrides(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  return Object.fromEntries(
    settingNames.flatMap((name) => {
      const { variable } = settingOf(name);
      const text = variable === undefined ? undefined : environment[variable];
      return text === undefined || text === '' ? [] : [[name, settingFromText(name, text) ?? text]];
    }),
  );
}

/**
 * Settings in `settings.json` of the data home.
 * @param check refuses, by a Problem, values of the right form that name what does not exist
 * @throws Problem `invalid-input` when the file or a variable holds something that is not a setting
 */
export function createSettings(home: DataHome, events: EventHub, check: (settings: Settings) => void, environment: NodeJS.ProcessEnv = process.env): SettingsFeature {
  const file = path.join(home.root, 'settings.json');
  const resolve = (stored: object): Settings => {
    const parsed = settingsSchema.safeParse({ ...stored, ...overrides(environment) });
    if (!parsed.success) {
      throw invalidInput(parsed.error);
    }
    check(parsed.data);
    return parsed.data;
  };
  let stored = readStored(file);
  let current = resolve(stored);
  const listeners: ((changes: SettingChanges, caller: Caller) => void)[] = [];

  const router = Router();
  implement(router, settingsRoutes.getSettings, () => current);
  implement(router, settingsRoutes.changeSettings, (changes, { caller }) => {
    const next = { ...stored, ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) };
    const resolved = resolve(next);
    replaceFile(file, `${JSON.stringify(next, null, 2)}\n`);
    const changed = Object.fromEntries(settingNames.filter((name) => resolved[name] !== current[name]).map((name) => [name, { from: current[name], to: resolved[name] }]));
    stored = next;
    current = resolved;
    if (Object.keys(changed).length > 0) {
      listeners.forEach((listener) => listener(changed, caller));
    }
    events.publish({ topic: 'companion' });
    return current;
  });
  return { router, current: () => current, onChange: (listener) => void listeners.push(listener) };
}

function readStored(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return {};
    }
    throw new Problem('invalid-input', `${file} cannot be read.`, { remedy: 'Correct or delete the file.', cause: error });
  }
}
