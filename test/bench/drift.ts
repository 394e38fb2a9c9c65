import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Bench, Sample } from './benchmark.ts';
import { processes } from './parts/driftData.ts';
import { preparePython } from './parts/python.ts';

const run = promisify(execFile);
const parts = fileURLToPath(new URL('parts', import.meta.url));
const answer = z.object({ seconds: z.number(), memory: z.number(), scores: z.array(z.number()) });

/** Each column drifts a little more than the one before. */
function writeColumns(folder: string, columns: number, rows: number): void {
  const numeric = processes.filter(({ kind }) => kind === 'numeric');
  for (let index = 0; index < columns; index += 1) {
    const next = numeric[index % numeric.length]?.start(index);
    for (const [side, moved] of [['baseline', 0], ['window', index / columns]] as const) {
      writeFileSync(path.join(folder, `${side}-${index}`), Float64Array.from({ length: rows }, () => Number(next?.(moved))));
    }
  }
}

/** From values on disk to a score for each column, by the default method of each side. */
export const drift: Bench = {
  name: 'drift',
  summary: 'the drift of many rows and columns by the default method, time and memory beside Evidently',
  rounds: 3,
  async prepare({ full }) {
    const [columns, rows] = full ? [50, 1_000_000] : [10, 100_000];
    const python = await preparePython();
    const folder = mkdtempSync(path.join(tmpdir(), 'drift-'));
    writeColumns(folder, columns, rows);
    const measure = async (command: string, args: readonly string[]): Promise<Sample> => {
      const { stdout } = await run(command, [...args, folder, String(columns)], { maxBuffer: 1 << 24 });
      const { seconds, memory, scores } = answer.parse(JSON.parse(stdout));
      return { seconds, memory, score: scores.reduce((sum, score) => sum + score, 0) / columns };
    };
    const size = `${rows.toLocaleString('en')} rows × ${columns} columns on both sides`;
    return {
      trials: [
        {
          rows: [
            { key: 'seconds', work: `drift of ${size}`, unit: 's', goal: { kind: 'ratio-at-most', value: 0.05 } },
            { key: 'memory', work: `memory for ${size}`, unit: 'MB', goal: { kind: 'ratio-at-most', value: 0.25 } },
            { key: 'score', work: 'mean score; ours is of values that were drawn', unit: '' },
          ],
          ours: () => measure(process.execPath, [path.join(parts, 'driftWork.ts')]),
          peer: { name: 'Evidently 0.7.21', measure: () => measure(python, [path.join(parts, 'drift_work.py')]) },
        },
      ],
      close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    };
  },
};
