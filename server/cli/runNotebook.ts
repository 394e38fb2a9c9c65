import path from 'node:path';
import colors from 'picocolors';
import type { CommandGroup } from './command.ts';
import { splitOnce } from './companionCommands.ts';
import { connect } from './connection.ts';
import { executeNotebook } from './executeNotebook.ts';

interface RunOptions {
  parameter: string[];
  python: string;
  kernel: string;
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
    .option('-p, --parameter <NAME=VALUE...>', 'value for the cell tagged "parameters"', [])
    .option('--python <python>', 'Python with nbclient and ipykernel', process.env['SLIPWAY_KERNEL_PYTHON'] ?? 'python3')
    .option('--kernel <name>', 'kernel', 'python3')
    .option('-o, --output <file>', 'write the executed notebook there')
    .addHelpText('after', '\nExample:\n  $ slipway run churn.ipynb -p C=0.5 -p penalty=l1')
    .action(
      run(async (output, notebook: string, options: RunOptions) => {
        const client = await connect();
        const executed = await executeNotebook(client, {
          notebook: path.resolve(notebook),
          workspace: process.cwd(),
          parameters: Object.fromEntries(options.parameter.map(parseParameter)),
          python: options.python,
          kernel: options.kernel,
          ...(options.output === undefined ? {} : { output: path.resolve(options.output) }),
          progress: (line) => output.progress(line),
        });
        const runs = executed.results.flatMap((cell) => cell.runs);
        const models = executed.results.flatMap((cell) => cell.models);
        output.result({ ...executed, runs, models }, () =>
          [
            `captured  ${executed.captureRunId}`,
            ...runs.map(({ runId, name }) => `run       ${runId}  ${name}`),
            ...models.map(({ modelId, name }) => `model     ${modelId}  ${name}`),
            ...(models.length === 0 ? [] : [colors.dim(`Next: slipway register NAME --run ${runs.at(-1)?.runId ?? ''}`)]),
          ].join('\n'),
        );
      }),
    );
};
