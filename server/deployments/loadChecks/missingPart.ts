import { existsSync } from 'node:fs';
import path from 'node:path';
import type { LoadCheck } from '../../contract/loadChecks.ts';
import type { ModelVersion } from '../../contract/registry.ts';

/** As the check of pickles (`pickles/policy.json`, `missing`) and the model server (`missing_package`) say it. */
const saidSo = [/ imports ([\w.]+) when it is loaded, which neither its requirements nor the code that was logged with it brings/, / needs the package ([\w.-]+), which is not installed/];

/**
 * What a model lacks, by why it did not load.
 * @param notebook path of the notebook that the version comes from; a module that lies beside it is a file of that folder
 */
export function missingPart(failure: string, notebook: string | undefined): LoadCheck['missing'] {
  const module = saidSo.flatMap((pattern) => pattern.exec(failure)?.[1] ?? [])[0]?.split('.')[0];
  if (module === undefined) {
    return undefined;
  }
  const folder = notebook === undefined ? undefined : path.dirname(notebook);
  const file = folder === undefined ? undefined : [`${module}.py`, module].find((name) => existsSync(path.join(folder, name)));
  return file === undefined ? { kind: 'package', name: module } : { kind: 'file', name: file };
}

/** The call in the notebook that brings what is missing. */
export function remedyFor(missing: NonNullable<LoadCheck['missing']>, { name }: Pick<ModelVersion, 'name'>): string {
  const given = `${missing.kind === 'file' ? 'code' : 'requirements'}=[${JSON.stringify(missing.name)}]`;
  const again = `slipway.register(model, ${JSON.stringify(name)}, ..., ${given})`;
  return missing.kind === 'file' ? `Bundle it: register the model again with ${again}.` : `Add what brings it to the requirements, or bundle a module of your own with code: register the model again with ${again}.`;
}
