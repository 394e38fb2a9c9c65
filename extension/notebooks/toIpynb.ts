import { z } from 'zod';
import type { CapturedNotebook, CellOutput } from '../../server/contract/captures.ts';

/** What a notebook file says beside its sources and outputs. */
const likeSchema = z.object({
  metadata: z.record(z.string(), z.unknown()).catch({}),
  cells: z.array(z.object({ id: z.string().optional().catch(undefined), metadata: z.record(z.string(), z.unknown()).catch({}) })).catch([]),
});

type Json = Readonly<Record<string, unknown>>;

const streamNames: Readonly<Record<string, string>> = {
  'application/vnd.code.notebook.stdout': 'stdout',
  'application/vnd.code.notebook.stderr': 'stderr',
};
const errorMime = 'application/vnd.code.notebook.error';
const errorContent = z.object({ name: z.string().default('Error'), message: z.string().default(''), stack: z.string().default('') });

/** The format's way of keeping a text: a list of lines with their ends. */
function asLines(text: string): string[] {
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
function asOutputs(outputs: readonly CellOutput[]): Json[] {
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

/**
 * A captured notebook as a file of the Jupyter format (4.5). What the capture does not hold, such as the kernel and the metadata of
 * cells, is taken from the notebook as it is now, so that a comparison shows what changed and nothing else.
 * @param now the parsed file of the notebook, if there is one
 */
export function toIpynb(notebook: CapturedNotebook, now: unknown): string {
  const like = likeSchema.safeParse(now).data ?? { metadata: {}, cells: [] };
  const known = new Map(like.cells.flatMap(({ id, metadata }) => (id === undefined ? [] : [[id, metadata] as const])));
  const cells = notebook.cells.map((cell) => {
    const rest = Object.entries(known.get(cell.cellId) ?? {}).filter(([name]) => name !== 'tags');
    const metadata = { ...Object.fromEntries(rest), ...(cell.tags.length === 0 ? {} : { tags: cell.tags }) };
    const common = { cell_type: cell.language === 'raw' ? 'raw' : cell.kind, id: cell.cellId, metadata };
    return common.cell_type === 'code'
      ? { ...common, execution_count: cell.executionCount ?? null, outputs: asOutputs(cell.outputs), source: asLines(cell.source) }
      : { ...common, source: asLines(cell.source) };
  });
  const metadata = Object.keys(like.metadata).length > 0 ? like.metadata : { language_info: { name: 'python' } };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, undefined, 1)}\n`;
}
