export interface Lease {
  readonly id: string;
  readonly label: string;
  readonly expiresAt: number;
}

/** The clients that want the companion up. */
export interface Leases {
  hold(id: string, label: string): Lease;
  drop(id: string): void;
  /** Leases that have not expired. */
  current(): Lease[];
}

/** @param milliseconds that a lease lasts without renewal */
export function createLeases(milliseconds: number, now: () => number = Date.now): Leases {
  const held = new Map<string, Lease>();
  return {
    hold(id, label) {
      const lease = { id, label, expiresAt: now() + milliseconds };
      held.set(id, lease);
      return lease;
    },
    drop(id) {
      held.delete(id);
    },
    current() {
      for (const lease of held.values()) {
        if (lease.expiresAt <= now()) {
          held.delete(lease.id);
        }
      }
      return [...held.values()];
    },
  };
}
