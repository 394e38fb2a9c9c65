import { existsSync } from 'node:fs';
import path from 'node:path';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { executeNotebook } from '../client/executeNotebook.ts';
import { executeScript } from '../client/executeScript.ts';
import type { CellResults } from '../contract/notebooks.ts';
import { type Output, short } from './output.ts';
import { activePython, pythonPath } from './pythonPath.ts';
import { collectAssignment, splitOnce } from './words.ts';

interface RunOptions {
  parameter: string[];
  python?: string;
  kernel?: string;
  output?: string;
}

/** `1`, `0.5`, `true`, `null` and JSON are taken as such; everything else is text. */
export function parseParameter(pair: string): [string, unknown] {
  const [name, text] = splitOnce(pair, '=');
  try {
    return [name, JSON.parse(text)];
  } catch {
    return [name, text];
  }
}

/**
 * The command line with `--` behind the script that `run` is given: what follows is the script's, whatever it looks like.
 * @param words without the program itself
 */
export function withScriptArguments(words: readonly string[]): string[] {
  const command = words.findIndex((word) => !word.startsWith('-'));
  const script = words[command] === 'run' ? words.findIndex((word, index) => index > command && /\.py$/i.test(word)) : -1;
  const before = words.slice(0, script + 1);
  return script < 0 || before.includes('--') || words[script + 1] === '--' ? [...words] : [...before, '--', ...words.slice(script + 1)];
}

export const runCommand: CommandGroup = (program, run) => {
  program
    .command('run')
    .description('execute a notebook in a real kernel, or a Python script, and record it as a captured run')
    .argument('<file>', 'notebook (.ipynb) or script (.py)')
    .argument('[arguments...]', 'of the script')
    .option('-p, --parameter <NAME=VALUE>', 'value for the cell of a notebook tagged "parameters"; may be repeated', collectAssignment, [])
    .option('--python <python>', 'Python of the script (default: that of the active environment), or one with nbclient and ipykernel (default: python3)')
    .option('--kernel <name>', 'kernel (default: the one that the notebook names)')
    .option('-o, --output <file>', 'write the executed notebook there')
    .addHelpText('after', examples('run churn.ipynb', 'run churn.ipynb -p C=0.5 -p penalty=l1 -o executed.ipynb', 'run churn.ipynb --python .venv/bin/python', 'run train.py --alpha 0.5'))
    .action(
      run((output, file: string, given: string[], options: RunOptions) => {
        const found = path.resolve(file);
        if (!existsSync(found)) {
          throw new CallFailure('not-found', `There is no ${/\.py$/i.test(file) ? 'script' : 'notebook'} ${file}.`, { field: 'notebook' });
        }
        if (/\.py$/i.test(file)) {
          return runScript(output, found, given, options);
        }
        if (given.length > 0) {
          throw new CallFailure('invalid-input', `${file} takes no arguments: ${given.join(' ')}.`, { field: 'arguments', remedy: 'Set parameters of a notebook with -p NAME=VALUE.' });
        }
        return runNotebook(output, found, options);
      }),
    );
};

/** What came of a captured run, and the next step. */
function showCaptured(captureRunId: string, results: readonly CellResults[]): string {
  const runs = results.flatMap((cell) => cell.runs);
  const models = results.flatMap((cell) => cell.models);
  return [
    `captured  ${short(captureRunId)}`,
    ...runs.map(({ runId, name }) => `run       ${short(runId)}  ${name}`),
    ...models.map(({ modelId, name }) => `model     ${modelId}  ${name}`),
    ...(models.length === 0 ? [] : [colors.dim(`Next: slipway register NAME --run ${short(runs.at(-1)?.runId)}`)]),
  ].join('\n');
}

/** @returns the exit code of the script */
async function runScript(output: Output, script: string, given: readonly string[], options: RunOptions): Promise<number> {
  for (const name of ['kernel', 'output'] as const) {
    if (options[name] !== undefined) {
      throw new CallFailure('invalid-input', `--${name} is for notebooks.`, { field: name, remedy: 'What belongs to the script stands behind its name.' });
    }
  }
  const executed = await executeScript(await connect(), {
    script,
    workspace: process.cwd(),
    arguments: given,
    python: pythonPath(options.python ?? activePython() ?? 'python3'),
    // With --json standard output belongs to the result.
    write: (stream, chunk) => void (stream === 'stdout' && !output.json ? process.stdout : process.stderr).write(chunk),
  });
  const { captureRunId, exitCode, results } = executed;
  if (output.json) {
    output.result({ captureRunId, exitCode, results, runs: results.flatMap((cell) => cell.runs), models: results.flatMap((cell) => cell.models) }, () => '');
  } else {
    output.progress(showCaptured(captureRunId, results));
  }
  return exitCode;
}

async function runNotebook(output: Output, notebook: string, options: RunOptions): Promise<void> {
  const client = await connect();
  const cancel = new AbortController();
  const interrupted = (): void => {
    output.progress('Cancelling; what was executed stays recorded.');
    cancel.abort();
  };
  process.once('SIGINT', interrupted);
  try {
    const executed = await executeNotebook(client, {
      notebook,
      workspace: process.cwd(),
      parameters: Object.fromEntries(options.parameter.map(parseParameter)),
      python: pythonPath(options.python ?? process.env['SLIPWAY_KERNEL_PYTHON'] ?? 'python3'),
      ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
      ...(options.output === undefined ? {} : { output: path.resolve(options.output) }),
      progress: (line) => output.progress(line),
      signal: cancel.signal,
    });
    const runs = executed.results.flatMap((cell) => cell.runs);
    const models = executed.results.flatMap((cell) => cell.models);
    output.result({ ...executed, runs, models }, () => showCaptured(executed.captureRunId, executed.results));
  } finally {
    process.off('SIGINT', interrupted);
  }
}
