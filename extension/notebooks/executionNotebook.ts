import type { CellExecution } from '../../server/contract/notebooks.ts';
import { escapeMarkdown } from '../vscode/format.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { asLines, asOutputs } from './ipynbOutputs.ts';

export interface NamedExecution {
  readonly execution: CellExecution;
  readonly runName: string;
}

/** When, how long and to what end: what a notebook does not say of an execution itself. */
function describeFacts({ execution, runName }: NamedExecution, older: NamedExecution | undefined): string {
  const { cellIndex, startedAt, endedAt, success, source, outputs } = execution;
  const facts = [
    `cell ${cellIndex + 1}`,
    formatDuration(endedAt - startedAt),
    success ? 'succeeded' : '**failed**',
    ...(older !== undefined && older.execution.source !== source ? ['source changed'] : []),
    ...(outputs.some(({ truncated }) => truncated) ? ['outputs cut at the size limit'] : []),
  ];
  return `#### ${new Date(startedAt).toLocaleString()}\n\n${escapeMarkdown(runName)} · ${facts.join(' · ')}`;
}

/**
 * Executions as a notebook in the Jupyter format (4.5): each as a code cell with its source and its outputs, below a cell that says when
 * it ran. The latest is first.
 * @param earlier how many more there are that the notebook leaves out
 */
export function executionNotebook(executions: readonly NamedExecution[], earlier: number): string {
  const language = executions[0]?.execution.language ?? 'python';
  const markdown = (text: string): object => ({ cell_type: 'markdown', metadata: {}, source: asLines(text) });
  const cells = executions.flatMap((named, index) => {
    const { source, executionCount, outputs, language: own } = named.execution;
    const metadata = own === language ? {} : { vscode: { languageId: own } };
    return [markdown(describeFacts(named, executions[index + 1])), { cell_type: 'code', metadata, execution_count: executionCount ?? null, outputs: asOutputs(outputs), source: asLines(source) }];
  });
  const rest = earlier === 0 ? [] : [markdown(earlier === 1 ? 'An earlier execution is not shown.' : `${earlier} earlier executions are not shown.`)];
  const ids = [...cells, ...rest].map((cell, index) => ({ id: `execution-${index}`, ...cell }));
  return `${JSON.stringify({ cells: ids, metadata: { language_info: { name: language } }, nbformat: 4, nbformat_minor: 5 }, undefined, 1)}\n`;
}
