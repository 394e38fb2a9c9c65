/** Things that are sent together. */
export interface Batch<T> {
  /** @param size what it counts for, such as characters */
  add(item: T, size: number): void;
  /** Sends what is there now. */
  flush(): void;
}

export interface BatchOptions<T> {
  readonly send: (items: T[]) => void;
  /** After a time without a batch, the next one goes this soon. */
  readonly firstMilliseconds: number;
  /** Batches that follow each other keep this distance. */
  readonly distanceMilliseconds: number;
  readonly mostItems: number;
  readonly largestSize: number;
}

/** Collects things that come in quick succession, so that each of them does not cost a message of its own. One that comes alone goes soon. */
export function createBatch<T>(options: BatchOptions<T>): Batch<T> {
  let items: T[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (items.length > 0) {
      const sent = items;
      items = [];
      size = 0;
      sentAt = performance.now();
      options.send(sent);
    }
  };

  return {
    add(item, itemSize) {
      items.push(item);
      size += itemSize;
      if (items.length >= options.mostItems || size >= options.largestSize) {
        flush();
      } else {
        timer ??= setTimeout(flush, Math.max(options.firstMilliseconds, sentAt + options.distanceMilliseconds - performance.now()));
      }
    },
    flush,
  };
}
