import { existsSync } from 'node:fs';
import path from 'node:path';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { executeNotebook } from '../client/executeNotebook.ts';
import { short } from './output.ts';
import { pythonPath } from './pythonPath.ts';
import { collectAssignment, splitOnce } from './words.ts';

interface RunOptions {
  parameter: string[];
  python: string;
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

export const runNotebookCommand: CommandGroup = (program, run) => {
  program
    .command('run')
    .description('execute a notebook in a real kernel and record it as a captured run')
    .argument('<notebook>')
    .option('-p, --parameter <NAME=VALUE>', 'value for the cell tagged "parameters"; may be repeated', collectAssignment, [])
    .option('--python <python>', 'Python with nbclient and ipykernel', process.env['SLIPWAY_KERNEL_PYTHON'] ?? 'python3')
    .option('--kernel <name>', 'kernel (default: the one that the notebook names)')
    .option('-o, --output <file>', 'write the executed notebook there')
    .addHelpText('after', examples('run churn.ipynb', 'run churn.ipynb -p C=0.5 -p penalty=l1 -o executed.ipynb', 'run churn.ipynb --python .venv/bin/python'))
    .action(
      run(async (output, file: string, options: RunOptions) => {
        const notebook = path.resolve(file);
        if (!existsSync(notebook)) {
          throw new CallFailure('not-found', `There is no notebook ${file}.`, { field: 'notebook' });
        }
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
            python: pythonPath(options.python),
            ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
            ...(options.output === undefined ? {} : { output: path.resolve(options.output) }),
            progress: (line) => output.progress(line),
            signal: cancel.signal,
          });
          const runs = executed.results.flatMap((cell) => cell.runs);
          const models = executed.results.flatMap((cell) => cell.models);
          output.result({ ...executed, runs, models }, () =>
            [
              `captured  ${short(executed.captureRunId)}`,
              ...runs.map(({ runId, name }) => `run       ${short(runId)}  ${name}`),
              ...models.map(({ modelId, name }) => `model     ${modelId}  ${name}`),
              ...(models.length === 0 ? [] : [colors.dim(`Next: slipway register NAME --run ${short(runs.at(-1)?.runId)}`)]),
            ].join('\n'),
          );
        } finally {
          process.off('SIGINT', interrupted);
        }
      }),
    );
};
