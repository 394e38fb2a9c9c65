/** Looks for a companion until there is one: another window or the command line may start it. */
export interface CompanionSearch {
  /** Looks soon, then less and less often. */
  begin(): void;
  /** Looks rarely from the start, where nobody waits. */
  beginRarely(): void;
  stop(): void;
}

export interface CompanionSearchOptions {
  /** Whether one is still looked for. */
  readonly isWanted: () => boolean;
  /** Looks once; never rejects. @param first whether this is the first time since the search began */
  readonly look: (first: boolean) => Promise<void>;
}

const backoffMilliseconds = [250, 500, 1000, 2000, 5000, 10_000, 15_000];

export function createCompanionSearch({ isWanted, look }: CompanionSearchOptions): CompanionSearch {
  let timer: NodeJS.Timeout | undefined;
  const wait = (attempt: number): void => {
    clearTimeout(timer);
    if (isWanted()) {
      const delay = backoffMilliseconds[Math.min(attempt, backoffMilliseconds.length - 1)];
      timer = setTimeout(() => void look(attempt === 0).then(() => wait(attempt + 1)), delay);
    }
  };
  return {
    begin: () => wait(0),
    beginRarely: () => wait(backoffMilliseconds.length),
    stop: () => clearTimeout(timer),
  };
}
