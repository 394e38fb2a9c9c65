import { watch } from 'chokidar';
import type { Log } from '../platform/log.ts';
import { emptyRouteFile, readRouteFile, type EndpointRoute, type RouteFile } from './routeFile.ts';

export interface RouteTable {
  current(): RouteFile;
  endpoint(name: string): EndpointRoute | undefined;
  /** Why the file that lies there is not in force. */
  failure(): string | undefined;
  /** Reads the file now. A broken file leaves the routes as they are. */
  reload(): void;
  close(): Promise<void>;
}

/**
 * The routes in force: those of the route file, read again whenever it changes.
 * @param changed called with each new content before it answers for requests
 */
export function watchRoutes(file: string, log: Log, changed: (content: RouteFile) => void): RouteTable {
  let current = emptyRouteFile;
  let byName = new Map<string, EndpointRoute>();
  let failure: string | undefined;

  const reload = (): void => {
    let next: RouteFile;
    try {
      next = readRouteFile(file) ?? emptyRouteFile;
    } catch (error) {
      failure = `${file}: ${error instanceof Error ? error.message : String(error)}`;
      log.warn(`the route file is not usable, the routes stay: ${failure}`);
      return;
    }
    failure = undefined;
    if (next.generation === current.generation && JSON.stringify(next) === JSON.stringify(current)) {
      return;
    }
    changed(next);
    current = next;
    byName = new Map(Object.entries(next.endpoints));
    log.info(`routes of generation ${next.generation}: ${[...byName.keys()].join(', ') || 'no endpoints'}`);
  };
  reload();
  const watcher = watch(file, { ignoreInitial: true, persistent: false }).on('all', reload);

  return {
    current: () => current,
    endpoint: (name) => byName.get(name),
    failure: () => failure,
    reload,
    close: () => watcher.close(),
  };
}
