import type { Router } from 'express';

/** The outside of a feature: its routes below the API prefix, and what it does while the companion is up. */
export interface Feature {
  readonly router?: Router;
  /** Runs once the companion listens; must return soon. */
  start?(): void | Promise<void>;
  /** Runs before the companion ends; replicas and the gateway go on. */
  stop?(): void | Promise<void>;
}
