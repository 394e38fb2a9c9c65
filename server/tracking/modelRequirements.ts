import { readFile } from 'node:fs/promises';
import { pathOfUri, type Artifacts } from './artifacts.ts';
import type { LoggedModels } from './loggedModels.ts';

/** More would not be a list of requirements. */
const mostBytes = 1 << 20;

/** Versions of packages by name, from the requirements that the run's last model was logged with; empty without a model. */
export async function requirementsOf(runId: string, models: LoggedModels, artifacts: Artifacts): Promise<Record<string, string>> {
  const model = models.ofRun(runId).at(-1);
  const root = model === undefined ? undefined : pathOfUri(model.artifact_uri);
  const file = root === undefined ? undefined : artifacts.find(`${root}/requirements.txt`);
  if (file === undefined || file.bytes > mostBytes) {
    return {};
  }
  const text = await readFile(artifacts.file(file), 'utf8').catch(() => '');
  const pinned = text.split('\n').flatMap((line) => {
    const match = /^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?:===?\s*([^\s;#]+))?/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1].toLowerCase(), match[2] ?? 'any'] as const];
  });
  return Object.fromEntries(pinned);
}
