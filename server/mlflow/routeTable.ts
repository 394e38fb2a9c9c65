import { Problem } from '../platform/errors.ts';
import type { MlflowRoute } from './route.ts';

export interface MatchedRoute {
  readonly route: MlflowRoute;
  /** Values of the path's `{name}` segments; undefined for a path without. */
  readonly parameters: Readonly<Record<string, string>> | undefined;
}

export interface RouteTable {
  find(method: string, path: string): MatchedRoute | undefined;
  /** Whether the path is there with some method. */
  knows(path: string): boolean;
}

interface Pattern {
  readonly route: MlflowRoute;
  readonly expression: RegExp;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem('invalid-input', 'Invalid path');
  }
}

/** Finds routes: plain paths by a look-up, those with parameters by trying them in order. */
export function createRouteTable(routes: readonly MlflowRoute[]): RouteTable {
  const plain = new Map<string, MatchedRoute>();
  const paths = new Set<string>();
  const patterns: Pattern[] = [];
  for (const route of routes) {
    if (route.path.includes('{')) {
      patterns.push({ route, expression: new RegExp(`^${route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`) });
    } else {
      plain.set(`${route.method} ${route.path}`, { route, parameters: undefined });
      paths.add(route.path);
    }
  }
  return {
    find(method, path) {
      const known = plain.get(`${method} ${path}`);
      if (known !== undefined || paths.has(path)) {
        return known;
      }
      for (const { route, expression } of patterns) {
        const groups = route.method === method ? expression.exec(path)?.groups : undefined;
        if (groups !== undefined) {
          return { route, parameters: Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)])) };
        }
      }
      return undefined;
    },
    knows: (path) => paths.has(path) || patterns.some(({ expression }) => expression.test(path)),
  };
}
