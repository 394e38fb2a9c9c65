import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { runCommand } from '../platform/command.ts';
import { Problem } from '../platform/errors.ts';
import { pythonEnvironment } from '../platform/pythonEnvironment.ts';
import { pythonFolder } from '../platform/resources.ts';

/** Makes a model of a file without loading it; what the file does not say of versions comes from the packages of the interpreter. */
const wrappingScript = path.join(pythonFolder, 'slipway_tools', 'wrap_model_file.py');

const answer = z.union([
  z.object({ flavor: z.string(), requirements: z.array(z.string()) }),
  z.object({ message: z.string(), remedy: z.string(), field: z.string() }),
]);

/** A model file that was never logged with MLflow. */
export interface BareModelFile {
  /** Absolute, on this machine. */
  readonly file: string;
  /** Absolute; rows that the model predicts, as CSV or JSON. */
  readonly example: string | undefined;
  /** Executable of the Python that the model was trained with. */
  readonly python: string;
}

/**
 * Makes an MLflow model of a file, in a folder that is gone when the use of it ends.
 * @throws Problem `invalid-input` that names what is wrong with the file, the example or the interpreter
 */
export async function wrapModelFile<T>({ file, example, python }: BareModelFile, signal: AbortSignal, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-model-'));
  try {
    await run(python, [file, folder, ...(example === undefined ? [] : [example])], signal);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(python: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const remedy = 'Name a Python from 3.10 on, best the one that the model was trained with (--python, or slipway.python).';
  const { lines } = await runCommand(python, ['-I', '-B', wrappingScript, ...args], { signal, environment: pythonEnvironment('python') }).catch((error: unknown) => {
    throw Problem.is(error, 'not-found') ? new Problem('invalid-input', `${python} is no Python that can be run.`, { field: 'source.python', remedy, cause: error }) : error;
  });
  const line = lines.findLast((candidate) => candidate.startsWith('{'));
  if (line === undefined) {
    throw new Problem('invalid-input', `${python} could not look at the file: ${lines.at(-1) ?? 'it ended without a word'}.`, { field: 'source.python', remedy });
  }
  const said = answer.parse(JSON.parse(line));
  if ('message' in said) {
    throw new Problem('invalid-input', said.message, { field: said.field, remedy: said.remedy });
  }
}
