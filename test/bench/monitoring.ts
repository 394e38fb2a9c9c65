import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { openDatabase } from '../../server/platform/database/database.ts';
import type { Bench, Sample } from './benchmark.ts';
import { monthDatabase, writeMonth } from './parts/monthOfWindows.ts';

const run = promisify(execFile);
const worker = fileURLToPath(new URL('parts/windowsWork.ts', import.meta.url));
const answer = z.record(z.string(), z.number());

/** From the inference log to windows, and from windows to what the panel shows; each in a thread of its own process. */
export const monitoring: Bench = {
  name: 'monitoring',
  summary: 'the inference log read into windows, and a month of windows of 200 features added up',
  rounds: 3,
  prepare() {
    const folder = mkdtempSync(path.join(tmpdir(), 'monitoring-'));
    const database = openDatabase(path.join(folder, monthDatabase));
    writeMonth(database, 'bench');
    database.close();
    const measure = async (...args: readonly string[]): Promise<Sample> => answer.parse(JSON.parse((await run(process.execPath, [worker, ...args])).stdout));
    const readLog = async (requests: number, rows: number): Promise<Sample> => {
      const place = mkdtempSync(path.join(folder, 'log-'));
      try {
        return await measure('log', place, String(requests), String(rows));
      } finally {
        rmSync(place, { recursive: true, force: true });
      }
    };
    return Promise.resolve({
      trials: [
        { rows: [{ key: 'rowsPerSecond', work: 'log to windows, 100 rows × 20 features a request', unit: 'rows/s', goal: { kind: 'at-least', value: 50_000 } }], ours: () => readLog(1000, 100) },
        { rows: [{ key: 'microseconds', work: 'log to windows, CPU of a request of 1 row × 20 features', unit: 'µs', goal: { kind: 'at-most', value: 20 } }], ours: () => readLog(20_000, 1) },
        {
          rows: [
            { key: 'milliseconds', work: 'what the panel shows of 30 days × 200 features', unit: 'ms', goal: { kind: 'at-most', value: 100 } },
            { key: 'cpu', work: 'its CPU', unit: 'ms' },
          ],
          ours: () => measure('month', folder),
        },
      ],
      close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    });
  },
};
