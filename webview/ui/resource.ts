import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { asFailure, type HostFailure } from './host.ts';

/** What is known of something that the companion has: the last good value stays while a newer one is fetched or failed. */
export interface Resource<T> {
  readonly value: ReadonlySignal<T | undefined>;
  readonly failure: ReadonlySignal<HostFailure | undefined>;
  readonly loading: ReadonlySignal<boolean>;
  /** Epoch milliseconds of the last good answer. */
  readonly at: ReadonlySignal<number | undefined>;
  /** Fetches again soon; calls that come close together become one. */
  readonly refresh: () => void;
  /** Forgets the value (its subject changed) and fetches. */
  readonly reset: () => void;
  /** Gives up the load that goes on, which is of something else than is wanted now, and fetches; the value stays until then. */
  readonly replace: () => void;
}

const quietMilliseconds = 150;

/**
 * A value fetched by `load`, one request at a time: a refresh that is asked for meanwhile runs once, afterwards.
 * An answer that a reset overtook is dropped.
 * @param load may show a part of the value while the rest is on its way; a part never takes the place of a value that is there. Its signal
 *   says that nobody waits for it any more.
 */
export function createResource<T>(load: (show: (part: T) => void, signal: AbortSignal) => Promise<T>): Resource<T> {
  const value = signal<T | undefined>(undefined);
  const failure = signal<HostFailure | undefined>(undefined);
  const loading = signal(false);
  const at = signal<number | undefined>(undefined);
  let given = new AbortController();
  let generation = 0;
  let again = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const fetch = async (): Promise<void> => {
    const started = generation;
    const known = value.peek() !== undefined;
    const show = (part: T): void => {
      if (started === generation && !known) {
        value.value = part;
      }
    };
    loading.value = true;
    let outcome: () => void;
    try {
      const loaded = await load(show, given.signal);
      outcome = () => {
        value.value = loaded;
        failure.value = undefined;
        at.value = Date.now();
      };
    } catch (error) {
      outcome = () => {
        failure.value = asFailure(error);
      };
    }
    if (started !== generation) {
      return;
    }
    batch(() => {
      loading.value = false;
      outcome();
    });
    if (again) {
      again = false;
      void fetch();
    }
  };

  const giveUp = (): void => {
    generation += 1;
    given.abort();
    given = new AbortController();
    again = false;
    clearTimeout(timer);
    timer = undefined;
  };
  const replace = (): void => {
    giveUp();
    void fetch();
  };

  return {
    value,
    failure,
    loading,
    at,
    refresh() {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (loading.value) {
          again = true;
        } else {
          void fetch();
        }
      }, quietMilliseconds);
    },
    replace,
    reset() {
      giveUp();
      batch(() => {
        value.value = undefined;
        failure.value = undefined;
        at.value = undefined;
      });
      void fetch();
    },
  };
}
