import { SetupError } from './step.mjs';

/** What a preparation gives to the suites that need it. */
export interface Made {
  /** Environment variables for their tests. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Command line before a test program's own, such as a virtual display. */
  readonly launcher?: readonly string[];
  /** Ends what was started. */
  readonly stop?: () => Promise<void>;
}

export interface Preparation {
  /** Preparations that come before. */
  readonly needs: readonly string[];
  /** It works on every machine: where it fails, the repository is broken and the tests have failed. */
  readonly mustWork?: boolean;
  /**
   * @param environment what the needed preparations gave
   * @throws SetupError that says what is missing
   */
  make(environment: NodeJS.ProcessEnv): Promise<Made>;
}

/** Why a preparation failed. */
export interface Missing {
  readonly name: string;
  readonly message: string;
  /** False where this machine lacks something. */
  readonly broken: boolean;
}

/** What is ready of several preparations, or why one of them is not. */
export type Ready = { readonly made: Made } | { readonly missing: Missing };

export interface Preparations {
  /** Makes what is named and all that comes before it, each at most once, in the order of asking and a few side by side. Never rejects. */
  ready(names: readonly string[]): Promise<Ready>;
  /** Ends what was started, the last first. */
  stop(): Promise<void>;
}

/** How many are made at once: they share the machine with the tests that need none of them. */
const atOnce = 2;

/** @throws Error for a name that the table does not have */
export function createPreparations(table: Readonly<Record<string, Preparation>>): Preparations {
  const started = new Map<string, Promise<Ready>>();
  const stops: (() => Promise<void>)[] = [];
  const inTurn = createTurns(atOnce);

  const one = (name: string): Promise<Ready> => {
    const found = started.get(name);
    if (found !== undefined) {
      return found;
    }
    const preparation = table[name];
    if (preparation === undefined) {
      throw new Error(`There is no preparation '${name}'.`);
    }
    const making = make(name, preparation);
    started.set(name, making);
    return making;
  };

  const make = async (name: string, preparation: Preparation): Promise<Ready> => {
    const before = await ready(preparation.needs);
    if ('missing' in before) {
      return before;
    }
    try {
      const made = await inTurn(() => preparation.make(before.made.environment ?? {}));
      if (made.stop !== undefined) {
        stops.unshift(made.stop);
      }
      return { made };
    } catch (error) {
      const expected = error instanceof SetupError;
      const message = expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { missing: { name, message, broken: !expected || preparation.mustWork === true } };
    }
  };

  const ready = async (names: readonly string[]): Promise<Ready> => {
    const all = await Promise.all(names.map(one));
    return all.find((each) => 'missing' in each) ?? { made: merge(all.flatMap((each) => ('made' in each ? [each.made] : []))) };
  };

  return {
    ready,
    stop: async () => {
      for (const stop of stops.splice(0)) {
        await stop();
      }
    },
  };
}

/** Runs work in the order of asking, so many at once. */
function createTurns(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    if (taken === places) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      taken += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) {
        taken -= 1;
      } else {
        next();
      }
    }
  };
}

function merge(parts: readonly Made[]): Made {
  return {
    environment: Object.assign({}, ...parts.map(({ environment }) => environment ?? {})) as NodeJS.ProcessEnv,
    launcher: parts.flatMap(({ launcher }) => launcher ?? []),
  };
}
