import { z } from 'zod';
import type { CellOutput } from '../../server/contract/notebooks.ts';
import type { OutputOfNow } from './notebookOfNow.ts';
import { wholeOutput } from './outputs.ts';

type Json = Readonly<Record<string, unknown>>;

const streamNames: Readonly<Record<string, string>> = {
  'application/vnd.code.notebook.stdout': 'stdout',
  'application/vnd.code.notebook.stderr': 'stderr',
};
const errorMime = 'application/vnd.code.notebook.error';
const errorContent = z.object({ name: z.string().default('Error'), message: z.string().default(''), stack: z.string().default('') });

/** The format's way of keeping a text: a list of lines with their ends. */
export function asLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asError(content: string): Json {
  const { name, message, stack } = errorContent.safeParse(parsed(content)).data ?? { name: 'Error', message: content, stack: '' };
  return { output_type: 'error', ename: name, evalue: message, traceback: stack === '' ? [] : stack.split('\n') };
}

function asData({ mime, content, encoding }: CellOutput): unknown {
  const isJson = /^application\/(?:[\w.-]+\+)?json$/.test(mime);
  return encoding === 'base64' ? content : isJson ? (parsed(content) ?? content) : asLines(content);
}

/** What a cell showed of one value comes in several types, one after the other; a type that comes again begins the next value. */
export function asOutputs(outputs: readonly CellOutput[]): Json[] {
  const result: Json[] = [];
  let data: Record<string, unknown> | undefined;
  for (const output of outputs) {
    const stream = streamNames[output.mime];
    if (stream !== undefined || output.mime === errorMime) {
      data = undefined;
      result.push(stream === undefined ? asError(output.content) : { output_type: 'stream', name: stream, text: asLines(output.content) });
    } else if (output.content !== '') {
      if (data === undefined || output.mime in data) {
        data = {};
        result.push({ output_type: 'display_data', data, metadata: {} });
      }
      data[output.mime] = asData(output);
    }
  }
  return result;
}

/** What the Jupyter extension and VS Code's own reader of the format keep with an output. */
const outputMetadata = z.object({
  outputType: z.string().optional().catch(undefined),
  executionCount: z.number().nullish().catch(undefined),
  metadata: z.record(z.string(), z.unknown()).catch({}),
  originalError: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** Outputs as they stand in the editor, so that VS Code reads the same from the file again. */
export function asOutputsOfNow(outputs: readonly OutputOfNow[]): Json[] {
  return outputs.flatMap((output) => {
    const { outputType, executionCount, metadata, originalError } = outputMetadata.parse(output.metadata);
    if (originalError !== undefined) {
      return [{ ...originalError, output_type: 'error' }];
    }
    return asOutputs(wholeOutput(output)).map((written) => {
      if (written['output_type'] !== 'display_data') {
        return written;
      }
      return { ...written, metadata, ...(outputType === 'execute_result' ? { output_type: outputType, execution_count: executionCount ?? null } : {}) };
    });
  });
}
