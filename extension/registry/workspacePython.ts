import { extensions, type Uri } from 'vscode';
import { z } from 'zod';

/** What is used of the Python extension's API (https://github.com/microsoft/vscode-python, `src/client/api/types.ts`). */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    resolveEnvironment(environment: { readonly path: string }): Promise<unknown>;
  };
}

const resolved = z.object({ executable: z.object({ uri: z.object({ fsPath: z.string() }) }) });

/** Executable of the Python that the Python extension has for a file; undefined where it is missing or knows none. */
export async function workspacePython(resource: Uri): Promise<string | undefined> {
  const extension = extensions.getExtension<Partial<PythonApi> | undefined>('ms-python.python');
  if (extension === undefined) {
    return undefined;
  }
  try {
    const { environments } = (extension.isActive ? extension.exports : await extension.activate()) ?? {};
    const found = environments === undefined ? undefined : await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
    return resolved.safeParse(found).data?.executable.uri.fsPath;
  } catch {
    // What that extension cannot do now is done without it.
    return undefined;
  }
}
