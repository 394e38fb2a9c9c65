import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isOpen } from '../../server/contract/batches.ts';
import { openCompanionHome } from '../harness/testCompanion.ts';
import { root, step } from '../setup/step.mjs';
import type { Bench, Sample } from './benchmark.ts';
import { residentOfTree } from './parts/memory.ts';
import { preparePython } from './parts/python.ts';

const execute = promisify(execFile);
const script = path.join(root, 'test/bench/parts/score_model.py');
const rows = 1_000_000;
const pollMilliseconds = 100;
const model = 'scored';

/** Rows that an output has, without its line of names. */
function countRows(file: string): number {
  return readFileSync(file, 'utf8').trimEnd().split('\n').length - 1;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Scoring a file of a million rows, from asking for it to the output being whole: starting a process and loading the model count on all sides. */
export const score: Bench = {
  name: 'score',
  summary: 'a batch of a million rows against the library in one process and mlflow models predict',
  rounds: 3,
  async prepare() {
    const python = await preparePython();
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bench-score-'));
    const home = openCompanionHome();
    const client = await home.start({ environment: { SLIPWAY_TARGET: 'process', SLIPWAY_PYTHON: python } });
    const { trackingUriWithToken: uri } = await client.call('getNotebookConnection', {});
    const environment = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', GIT_PYTHON_REFRESH: 'quiet', PATH: [path.dirname(python), process.env['PATH']].join(path.delimiter) };
    const version = await step('Training the model and writing the file', async () => {
      const { stdout } = await execute(python, [script, 'log', model, String(rows), folder], { env: { ...environment, MLFLOW_TRACKING_URI: uri }, cwd: folder });
      return Number(stdout.trim().split('\n').at(-1));
    });
    const input = path.join(folder, 'rows.csv');
    const ours = async (): Promise<Sample> => {
      const out = path.join(folder, 'ours.csv');
      let memory = 0;
      const seconds = await timed(async () => {
        const { id } = await client.call('startModelBatch', { model, version, inputs: [input], out, overwrite: true });
        for (;;) {
          const seen = await client.call('getBatch', { id });
          if (!isOpen(seen)) {
            if (seen.scored !== rows) {
              throw new Error(`the batch scored ${seen.scored} rows: ${seen.message}`);
            }
            return;
          }
          memory = Math.max(memory, residentOfTree(client.lock.pid));
          await pause(pollMilliseconds);
        }
      });
      return { seconds, memory };
    };
    // The environment is built once for all batches of a release.
    await step('Building the environment', ours);
    const library = async (): Promise<Sample> => {
      const out = path.join(folder, 'library.csv');
      const seconds = await timed(() => execute(python, [script, 'library', folder, out], { env: environment }));
      if (readFileSync(out, 'utf8') !== readFileSync(path.join(folder, 'ours.csv'), 'utf8')) {
        throw new Error('the library predicts otherwise');
      }
      return { seconds };
    };
    const mlflow = async (): Promise<Sample> => {
      const out = path.join(folder, 'mlflow.json');
      const seconds = await timed(() => execute(python, ['-m', 'mlflow', 'models', 'predict', '--env-manager', 'local', '--model-uri', path.join(folder, 'model'), '--content-type', 'csv', '--input-path', input, '--output-path', out], { env: { ...environment, MLFLOW_ALLOW_PICKLE_DESERIALIZATION: 'true' }, cwd: folder, maxBuffer: 1e9 }));
      if (countRows(path.join(folder, 'ours.csv')) !== rows || readFileSync(out, 'utf8').length < 2 * rows) {
        throw new Error('mlflow predicts something else');
      }
      return { seconds };
    };
    return {
      trials: [
        {
          rows: [
            { key: 'seconds', work: `${rows} rows of CSV, 10 columns, beside the library`, unit: 's', goal: { kind: 'ratio-at-most', value: 1.3 } },
            { key: 'memory', work: 'companion and replica at most meanwhile', unit: 'MB' },
          ],
          ours,
          peer: { name: 'the library, one process', measure: library },
        },
        {
          rows: [{ key: 'seconds', work: `${rows} rows of CSV, 10 columns, beside MLflow`, unit: 's', goal: { kind: 'ratio-at-most', value: 0.2 } }],
          ours,
          peer: { name: 'mlflow models predict', measure: mlflow },
          rounds: 1,
        },
      ],
      close: async () => {
        await home.close();
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      },
    };
  },
};
