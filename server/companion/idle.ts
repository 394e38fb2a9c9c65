export interface IdleWatch {
  /** Something happened that counts as use. */
  readonly touch: () => void;
  /** When the companion will end if nothing changes; undefined while it is wanted. */
  endsAt(): number | undefined;
  stop(): void;
}

export interface IdleOptions {
  readonly idleMilliseconds: number;
  /** True while a client or an endpoint needs the companion. */
  readonly wanted: () => boolean;
  readonly end: () => void;
}

/** Calls `end` once nothing has wanted or used the companion for the idle time. */
export function watchIdle(options: IdleOptions): IdleWatch {
  let lastUse = Date.now();
  const touch = (): void => {
    lastUse = Date.now();
  };
  const endsAt = (): number | undefined => (options.wanted() ? undefined : lastUse + options.idleMilliseconds);
  const timer = setInterval(() => {
    if (options.wanted()) {
      touch();
    } else if (Date.now() >= lastUse + options.idleMilliseconds) {
      options.end();
    }
  }, Math.min(5000, Math.max(50, options.idleMilliseconds / 4)));
  return { touch, endsAt, stop: () => clearInterval(timer) };
}
