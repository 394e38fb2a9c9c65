import { createContext } from 'preact';
import { useContext, useCallback } from 'preact/hooks';
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { asFailure, type Host, type HostFailure } from './host.ts';

/** What any control may ask of the extension host. */
export type Actions = Pick<Host, 'copy' | 'save' | 'command' | 'show' | 'connected'>;

export const ActionsContext = createContext<Actions | undefined>(undefined);

export function useActions(): Actions {
  const actions = useContext(ActionsContext);
  if (actions === undefined) {
    throw new Error('This control is used outside a panel.');
  }
  return actions;
}

/** Something that a user starts and that may fail: whether it runs, and why it failed last time. */
export interface Task {
  readonly running: ReadonlySignal<boolean>;
  readonly failure: ReadonlySignal<HostFailure | undefined>;
  readonly run: (work: () => Promise<unknown>) => void;
  readonly clear: () => void;
}

export function useTask(): Task {
  const running = useSignal(false);
  const failure = useSignal<HostFailure | undefined>(undefined);
  const run = useCallback((work: () => Promise<unknown>): void => {
    if (running.value) {
      return;
    }
    running.value = true;
    failure.value = undefined;
    work().then(
      () => {
        running.value = false;
      },
      (error: unknown) => {
        running.value = false;
        failure.value = asFailure(error);
      },
    );
  }, []);
  const clear = useCallback((): void => {
    failure.value = undefined;
  }, []);
  return { running, failure, run, clear };
}
