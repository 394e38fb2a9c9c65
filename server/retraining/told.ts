import { z } from 'zod';

/** What a retraining says of itself while it runs: it is the progress of its job, and what a companion goes on from that was started again. */
const told = z.object({
  message: z.string(),
  captureRunId: z.string().optional(),
  /** From here on only registering is left. */
  modelId: z.string().optional(),
  version: z.number().optional(),
  promotion: z.number().optional(),
  lines: z.array(z.string()),
});
export type Told = z.infer<typeof told>;

/** So many lines are kept; the captured run has all cells. */
const mostLines = 1000;

export function readTold(progress: string | undefined): Told {
  const read = progress === undefined ? undefined : told.safeParse(JSON.parse(progress)).data;
  return read ?? { message: 'Waiting', lines: [] };
}

export function withLine(before: Told, line: string): Told {
  return { ...before, message: line, lines: [...before.lines, line].slice(0, mostLines) };
}
