import { Router } from 'express';
import { artifactRoutes } from '../contract/artifacts.ts';
import { deletedRoutes } from '../contract/deleted.ts';
import { viewRoutes } from '../contract/savedViews.ts';
import { trackingRoutes } from '../contract/tracking.ts';
import { implementFrom } from '../platform/http/implement.ts';
import type { TrackingStore } from './store.ts';

/** The companion's own routes of tracking. @param current the store that is in use */
export function trackingRouter(current: () => TrackingStore): Router {
  const router = Router();
  implementFrom(router, trackingRoutes, current);
  implementFrom(router, deletedRoutes, current);
  implementFrom(router, viewRoutes, current);
  implementFrom(router, artifactRoutes, current);
  return router;
}
