import { effect, signal, type Signal } from '@preact/signals';
import { isRecord } from '../../server/contract/values.ts';
import type { VsCodeApi } from './host.ts';

/** Where a panel keeps its navigation and the state of its controls between reloads. */
export interface PanelStorage {
  read(): unknown;
  write(state: Readonly<Record<string, unknown>>): void;
}

/** The webview's own state, which VS Code also hands to the serializer after a restart. */
export function vsCodeStorage(api: Pick<VsCodeApi, 'getState' | 'setState'>): PanelStorage {
  return {
    read: () => api.getState(),
    write: (state) => {
      api.setState(state);
    },
  };
}

export function memoryStorage(initial?: unknown): PanelStorage {
  let state = initial;
  return {
    read: () => state,
    write: (next) => {
      state = next;
    },
  };
}

/** Says whether a stored value still has the wanted shape: an older version of the extension may have written it. */
export type Check<T> = (value: unknown) => value is T;

/** Named signals that outlive the webview. */
export interface Persistence {
  keep<T>(key: string, initial: T, check: Check<T>): Signal<T>;
}

/** Restores at creation, so that the first paint already shows what was there; writes on every change. */
export function createPersistence(storage: PanelStorage): Persistence {
  const restored = storage.read();
  const state: Record<string, unknown> = isRecord(restored) ? { ...restored } : {};
  return {
    keep<T>(key: string, initial: T, check: Check<T>): Signal<T> {
      const stored = state[key];
      const kept = signal<T>(check(stored) ? stored : initial);
      effect(() => {
        state[key] = kept.value;
        storage.write({ ...state });
      });
      return kept;
    },
  };
}

export const isBoolean: Check<boolean> = (value) => typeof value === 'boolean';
export const isNumber: Check<number> = (value): value is number => typeof value === 'number' && Number.isFinite(value);
export const isText: Check<string> = (value) => typeof value === 'string';
export const isOptionalText: Check<string | undefined> = (value) => value === undefined || typeof value === 'string';
export const isTexts: Check<readonly string[]> = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');
export const isOptionalTexts: Check<readonly string[] | undefined> = (value) => value === undefined || isTexts(value);
export function isNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every((item) => isNumber(item));
}

export function isOneOf<const T extends readonly unknown[]>(...choices: T): Check<T[number]> {
  return (value): value is T[number] => choices.includes(value);
}
