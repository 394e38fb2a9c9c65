import path from 'node:path';
import type { EnvironmentVariableCollection } from 'vscode';
import type { NotebookConnection } from '../../server/contract/companion.ts';

/** What the kernels and terminals that this window starts find in their environment. */
export interface InheritedEnvironment {
  /** False where VS Code itself was started with a tracking URI, which stays. */
  readonly isFree: boolean;
  /** The connection that is in force. */
  readonly current: NotebookConnection | undefined;
  set(connection: NotebookConnection): void;
  clear(): void;
}

function withFolder(searchPath: string | undefined, folder: string): string {
  const folders = (searchPath ?? '').split(path.delimiter).filter((one) => one !== '');
  return (folders.includes(folder) ? folders : [...folders, folder]).join(path.delimiter);
}

/**
 * Hands a connection on by environment variables. Terminals get them from VS Code's collection. The Jupyter extension starts its kernels with the
 * environment of the process that it shares with this extension (vscode-jupyter, `kernelEnvVarsService.node.ts`), and lets a `.env` file go first.
 * @param variables of the extension host
 */
export function createInheritedEnvironment(terminals: EnvironmentVariableCollection, variables: NodeJS.ProcessEnv): InheritedEnvironment {
  const isFree = (variables['MLFLOW_TRACKING_URI'] ?? '') === '';
  const before = new Map<string, string | undefined>();
  let current: NotebookConnection | undefined;
  // The token may be another one when the window is opened again.
  terminals.persistent = false;
  terminals.description = 'Lets mlflow log to the companion of Slipway (setting `slipway.connectKernels`)';

  const put = (name: string, value: string | undefined): void => {
    if (value === undefined) {
      Reflect.deleteProperty(variables, name);
    } else {
      variables[name] = value;
    }
  };
  const clear = (): void => {
    before.forEach((value, name) => put(name, value));
    before.clear();
    terminals.clear();
    current = undefined;
  };
  return {
    isFree,
    get current() {
      return current;
    },
    set(connection) {
      clear();
      if (!isFree) {
        return;
      }
      const { environment, pythonPath } = connection;
      const wanted = { ...environment, PYTHONPATH: withFolder(variables['PYTHONPATH'], pythonPath) };
      for (const [name, value] of Object.entries(wanted)) {
        before.set(name, variables[name]);
        put(name, value);
      }
      Object.entries(environment).forEach(([name, value]) => terminals.replace(name, value));
      terminals.append('PYTHONPATH', `${path.delimiter}${pythonPath}`);
      current = connection;
    },
    clear,
  };
}
