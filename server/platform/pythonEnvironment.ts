/** The host's environment without what would bend an interpreter or pip away from the environment it is asked for. */
export function pythonEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const removed = new Set(['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__', 'PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT']);
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !removed.has(name)));
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
