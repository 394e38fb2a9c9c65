import type { artifactRoutes } from '../contract/artifacts.ts';
import type { deletedRoutes } from '../contract/deleted.ts';
import type { viewRoutes } from '../contract/savedViews.ts';
import type { trackingRoutes } from '../contract/tracking.ts';
import type { Handlers } from '../platform/http/implement.ts';

/**
 * What keeps experiments, runs and logged models, and shows the artifacts of runs: the database of this machine (`local/`) or an MLflow server
 * (`shared/`). It has one method for each call of the contract, which takes the parsed input and answers the output, or the pieces of its text;
 * what changes is announced by the store. What a store cannot do it refuses with a Problem `unavailable` and the remedy.
 */
export type TrackingStore = Handlers<typeof trackingRoutes> & Handlers<typeof deletedRoutes> & Handlers<typeof viewRoutes> & Handlers<typeof artifactRoutes>;
