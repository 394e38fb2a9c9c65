import { environmentFor } from './environment.ts';

/** Settings by which pip installs elsewhere than into the environment that it is asked for. */
const elsewhere: ReadonlySet<string> = new Set(['PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT']);

/**
 * What a Python or a package tool gets: nothing that would bend it away from the environment it is asked for.
 * @param recipient `packages` where packages are resolved, fetched or installed, `build` where they may be built; `python` where one only runs
 */
export function pythonEnvironment(recipient: 'python' | 'packages' | 'build', extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(environmentFor(recipient)).filter(([name]) => !elsewhere.has(name)));
  return {
    ...kept,
    PYTHONUTF8: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    PIP_NO_INPUT: '1',
    PIP_USER: '0',
    PIP_REQUIRE_VIRTUALENV: '0',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_COLOR: '1',
    NO_COLOR: '1',
    ...extra,
  };
}
