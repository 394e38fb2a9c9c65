import { Router } from 'express';
import type { Caller } from '../contract/caller.ts';
import { companionRoutes, type CompanionStatus } from '../contract/companion.ts';
import { implement } from '../platform/http/implement.ts';
import { connectNotebook } from './notebookConnection.ts';
import { describeHome } from '../platform/home.ts';
import type { Leases } from './leases.ts';

export interface CompanionControl {
  readonly port: number;
  readonly token: string;
  readonly leases: Leases;
  status(): CompanionStatus;
  /** True once it is about to end. */
  isEnding(): boolean;
  shutDown(reason: string, stopEndpoints: boolean, caller: Caller): void;
}

/** Status, leases, shutdown and how notebooks connect. */
export function companionRouter(control: CompanionControl): Router {
  const router = Router();
  implement(router, companionRoutes.getStatus, () => control.status());
  implement(router, companionRoutes.holdLease, ({ id, label }) => ({ expiresAt: control.leases.hold(id, label).expiresAt }));
  implement(router, companionRoutes.dropLease, ({ id }) => {
    control.leases.drop(id);
    return {};
  });
  implement(router, companionRoutes.shutDown, ({ reason, stopEndpoints }, { caller }) => {
    control.shutDown(reason, stopEndpoints, caller);
    return {};
  });
  implement(router, companionRoutes.getNotebookConnection, () => connectNotebook(control.port, control.token, describeHome(control.status().home)));
  return router;
}
