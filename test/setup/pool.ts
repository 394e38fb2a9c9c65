/** Something that waits for its turn on this machine. */
export interface Waiting {
  /** How much of the machine it takes while it runs; 1 is one of the places. */
  readonly weight: number;
  /** How long it will take, as far as is known. */
  readonly seconds: number;
  /** When it may start. Never rejects. */
  readonly ready: Promise<unknown>;
}

/** How much may run at once. */
export interface Room {
  /** That much always; an item that weighs more runs alone. */
  readonly places: number;
  /** No more than that, whatever the processors do. */
  readonly limit: number;
  /** Calls back each time that processors have had too little to do for a while. @returns what ends it */
  readonly whenIdle: (call: () => void) => () => void;
}

/**
 * Runs all items, as many at once as fit into the places, and one more each time that processors are idle: of those that may start the
 * longest first, so that none that is long is left for the end. The one whose turn it is waits until it fits; a light one does not pass it.
 * @param run must not reject
 */
export function runPool<T extends Waiting>(items: readonly T[], { places, limit, whenIdle }: Room, run: (item: T) => Promise<void>): Promise<void> {
  const queue: T[] = [];
  let taken = 0;
  let left = items.length;
  let endIdle = (): void => undefined;
  return new Promise<void>((resolve, reject) => {
    const next = (): void => {
      if (left === 0) {
        resolve();
      }
      for (let first = queue[0]; first !== undefined && (taken === 0 || taken + first.weight <= places); first = queue[0]) {
        queue.shift();
        start(first);
      }
    };
    const start = (item: T): void => {
      taken += item.weight;
      run(item).then(() => {
        taken -= item.weight;
        left -= 1;
        next();
      }, reject);
    };
    endIdle = whenIdle(() => {
      const [first] = queue;
      if (first !== undefined && taken + first.weight <= limit) {
        queue.shift();
        start(first);
      }
    });
    for (const item of items) {
      void item.ready.then(() => {
        const place = queue.findIndex(({ seconds }) => seconds < item.seconds);
        queue.splice(place === -1 ? queue.length : place, 0, item);
        // All that become ready together are sorted before one of them starts.
        setImmediate(next);
      });
    }
    next();
  }).finally(() => {
    endIdle();
  });
}
