import { Router } from 'express';
import { registryRoutes } from '../contract/registry.ts';
import { purgeRoutes } from '../contract/tracking.ts';
import { implementFrom } from '../platform/http/implement.ts';
import type { RegistryStore } from './store.ts';

/** The companion's own routes of the registry. @param current the store that is in use */
export function registryRouter(current: () => RegistryStore): Router {
  const router = Router();
  implementFrom(router, registryRoutes, current);
  implementFrom(router, purgeRoutes, current);
  return router;
}
