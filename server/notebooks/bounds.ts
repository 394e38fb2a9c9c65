import type { CellExecution, CellOutput } from '../contract/notebooks.ts';

/** What a captured run keeps at most, in characters of text and bytes of figures. */
export const captureLimits = {
  source: 256 * 1024,
  output: 256 * 1024,
  execution: 4 * 1024 * 1024,
  run: 64 * 1024 * 1024,
  /** Of a source when the run is full. */
  sourceOfFullRun: 2000,
  figure: 8 * 1024 * 1024,
  figures: 128 * 1024 * 1024,
  notebook: 8 * 1024 * 1024,
  notebookVersions: 500,
} as const;

/** Texts that still say something when they are cut; the rest is left out as a whole. */
function canBeCut({ mime }: CellOutput): boolean {
  return mime === 'text/plain' || mime === 'text/markdown' || /\.std(?:out|err)$/.test(mime);
}

function cutOutput(output: CellOutput, room: number): CellOutput {
  if (output.content.length <= room) {
    return output;
  }
  return { ...output, content: canBeCut(output) ? output.content.slice(0, room) : '', truncated: true };
}

/** The execution with its texts cut to what the run has room for; what was cut says so. Sources are kept in part even then. */
export function boundExecution(execution: CellExecution, kept: number): CellExecution {
  const room = Math.max(0, captureLimits.run - kept);
  const source = execution.source.slice(0, room > captureLimits.source ? captureLimits.source : captureLimits.sourceOfFullRun);
  let left = Math.min(captureLimits.execution, room - source.length);
  const outputs = execution.outputs.map((output) => {
    const bounded = cutOutput(output, Math.max(0, Math.min(captureLimits.output, left)));
    left -= bounded.content.length;
    return bounded;
  });
  return { ...execution, source, outputs };
}
