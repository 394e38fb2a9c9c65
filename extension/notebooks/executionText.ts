import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import type { CellExecution, CellOutput } from '../../server/contract/captures.ts';
import { asDuration } from '../vscode/format.ts';

const errorContent = z.object({ name: z.string().default(''), message: z.string().default(''), stack: z.string().default('') });

/** A fence longer than any inside the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function describeError(content: string): string {
  try {
    const { name, message, stack } = errorContent.parse(JSON.parse(content));
    return stripVTControlCharacters(stack === '' ? `${name}: ${message}` : stack);
  } catch {
    return content;
  }
}

function describeOutput({ mime, content, artifact, truncated }: CellOutput): string {
  const cut = truncated ? '\n\n*Cut at the size limit.*' : '';
  if (artifact !== undefined) {
    return `Figure, kept as artifact \`${artifact}\` of the captured run`;
  }
  const kind = mime.replace('application/vnd.code.notebook.', '');
  const text = kind === 'error' ? describeError(content) : stripVTControlCharacters(content);
  return `${kind}\n\n${fenced(text, kind === 'text/html' ? 'html' : kind.endsWith('json') ? 'json' : '')}${cut}`;
}

function describeFacts({ executionCount, startedAt, endedAt, success }: CellExecution, runName: string): string {
  return [
    `Run ${runName}`,
    new Date(startedAt).toLocaleString(),
    asDuration(endedAt - startedAt),
    success ? 'succeeded' : 'failed',
    ...(executionCount === undefined ? [] : [`execution ${executionCount} of its kernel`]),
  ].join(' · ');
}

function describeOutputs({ outputs }: CellExecution): string[] {
  // A table and its text say the same.
  const shown = outputs.filter(({ mime }, index) => mime !== 'text/html' || outputs[index + 1]?.mime !== 'text/plain');
  return shown.length === 0 ? ['None.'] : shown.map(describeOutput);
}

/** One execution of a cell as a Markdown document: when, how long, its source and its outputs. */
export function executionText(execution: CellExecution, runName: string): string {
  const { cellIndex, language, source } = execution;
  return [`# Cell ${cellIndex + 1}`, describeFacts(execution, runName), '## Source', fenced(source, language), '## Outputs', ...describeOutputs(execution), ''].join('\n\n');
}

export interface NamedExecution {
  readonly execution: CellExecution;
  readonly runName: string;
}

/** Executions of one cell below each other, the latest first: their outputs, and the source where it is not that of the one above. */
export function historyText(title: string, executions: readonly NamedExecution[]): string {
  const parts = executions.flatMap(({ execution, runName }, index) => {
    const above = executions[index - 1]?.execution;
    const source = above?.source === execution.source ? [] : [fenced(execution.source, execution.language)];
    return [`## ${new Date(execution.startedAt).toLocaleString()}`, describeFacts(execution, runName), ...source, ...describeOutputs(execution)];
  });
  return [`# ${title}`, ...parts, ''].join('\n\n');
}
