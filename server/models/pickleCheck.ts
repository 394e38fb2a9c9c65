import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { mostAllowable, type Allowance } from '../contract/allowances.ts';
import { AllowanceNeeded } from '../platform/allowanceNeeded.ts';
import { Problem } from '../platform/errors.ts';
import { runCommand, type Progress } from '../platform/command.ts';
import { pythonEnvironment } from '../platform/pythonEnvironment.ts';
import { pythonFolder } from '../platform/resources.ts';
import { readRequirements } from './requirements.ts';
import type { ServableModel } from './servableModel.ts';

/** Judges pickles by the table that the model server enforces when it loads them; nothing is unpickled. */
const checkingScript = path.join(pythonFolder, 'slipway_tools', 'check_pickles.py');

const answer = z.object({
  problems: z.array(z.object({ file: z.string(), message: z.string(), remedy: z.string(), allowable: z.array(z.object({ name: z.string(), why: z.string() })) })),
  own: z.array(z.object({ file: z.string(), imported: z.string() })),
});

/** How pickles are checked. */
export interface PickleCheck {
  /** Executable of the Python that reads them. */
  readonly python: string;
  /** What a person allowed, each `module.name`. */
  readonly allowed: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Refuses pickles that import what models do not need, or that cannot be read to the end, whatever their files are called.
 * @param files paths of all files of the model on this machine, by their names in it
 * @throws AllowanceNeeded `forbidden` that names the file, what it imports and what to do; a Problem where no yes would help
 */
export async function checkPickles(files: ReadonlyMap<string, string>, model: ServableModel, check: PickleCheck): Promise<void> {
  const { unpickled } = model;
  const request = {
    files: [...files].map(([name, file]) => ({ name, path: file, ...(name === unpickled?.file ? { serialization: unpickled.serialization } : {}) })),
    requirements: readRequirements(model.requirements).map(({ name }) => name),
    own: [...model.ownModules],
    modules: Object.fromEntries(model.modules),
    allowed: check.allowed,
  };
  const { problems, own } = await ask(request, check);
  const [first, ...others] = problems;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` ${others.map(({ message }) => message).join(' ')}`;
    const message = `${first.message}${more}`;
    const detail = { field: first.file, remedy: first.remedy };
    const allowable = allowableOf(problems);
    throw allowable.length === 0 ? new Problem('forbidden', message, detail) : new AllowanceNeeded('forbidden', message, allowable, detail);
  }
  for (const { file, imported } of own) {
    check.progress(`Warning: the pickle ${file} needs code that was logged with the model (${imported}); it runs in the replica.`);
  }
}

/** What has to be allowed so that all files pass; empty where there is one that no yes lets pass, or more than anybody would look at. */
function allowableOf(problems: z.infer<typeof answer>['problems']): Allowance[] {
  const all = problems.flatMap(({ file, allowable }) => allowable.map(({ name, why }): Allowance => ({ kind: 'import', name, file, why })));
  return problems.every(({ allowable }) => allowable.length > 0) && all.length <= mostAllowable ? all : [];
}

async function ask(request: object, { python, signal }: PickleCheck): Promise<z.infer<typeof answer>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-pickles-'));
  try {
    const file = path.join(folder, 'request.json');
    await writeFile(file, JSON.stringify(request));
    const { lines } = await runCommand(python, ['-I', '-B', checkingScript, file], { signal, environment: pythonEnvironment('python') });
    const line = lines.findLast((candidate) => candidate.startsWith('{'));
    if (line === undefined) {
      throw new Problem('forbidden', `The pickles of the model cannot be checked: ${lines.at(-1) ?? 'the check ended without a word'}.`, { remedy: 'Choose another Python with slipway.python.' });
    }
    return answer.parse(JSON.parse(line));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
