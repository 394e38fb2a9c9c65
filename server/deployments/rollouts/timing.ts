/** Durations of the reconciler in milliseconds. */
export interface Timing {
  /** A replica has so long to load its model and answer a warm-up prediction. */
  readonly ready: number;
  /** Requests in flight have so long to finish before their replica is stopped. */
  readonly drain: number;
  /** How often the replicas of an endpoint are looked at. */
  readonly watch: number;
  /** A live replica that runs but does not answer `/readyz` for so long is replaced. */
  readonly unresponsive: number;
  /** First and longest pause before a replica that crashed is started again. */
  readonly backoff: readonly [first: number, longest: number];
  /** A replica that was ready for so long has recovered: the next pause is the first again. */
  readonly recovered: number;
}

export const defaultTiming: Timing = {
  ready: 180_000,
  drain: 30_000,
  watch: 1_000,
  unresponsive: 30_000,
  backoff: [250, 30_000],
  recovered: 60_000,
};
