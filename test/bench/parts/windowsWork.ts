/**
 * A process that measures windows in a thread, as the companion has them: `node windowsWork.ts log FOLDER REQUESTS ROWS` reads an inference log into windows, `node windowsWork.ts month FOLDER`
 * asks for a month of them. Prints JSON.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { InferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { segmentName } from '../../../server/gateway/segments.ts';
import { inputColumns } from '../../../server/monitoring/columns/columnSpec.ts';
import { createIngest } from '../../../server/monitoring/windows/ingest.ts';
import type { ProfiledRelease } from '../../../server/monitoring/windows/profiles.ts';
import { queryMonitoring } from '../../../server/monitoring/windows/query.ts';
import { createWindowTable } from '../../../server/monitoring/windows/windowTable.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { baselineOf, featureNames, monthDatabase, monthEnd, monthFeatures, monthRelease } from './monthOfWindows.ts';

const endpoint = 'bench';
const [work, folder = '', ...numbers] = isMainThread ? process.argv.slice(2) : (workerData as string[]);

function profileOf(features: number): ProfiledRelease {
  const signature = { inputs: featureNames(features).map((name) => ({ name, type: 'double', required: true })), outputs: [{ type: 'double', required: true }] };
  return { baseline: baselineOf(features), described: undefined, example: new Map(), inputs: inputColumns(signature), prediction: undefined, grids: new Map(), predictionGrid: undefined };
}

/** CPU of this thread alone, in seconds. */
function busy(since?: NodeJS.CpuUsage): NodeJS.CpuUsage {
  return process.threadCpuUsage(since);
}

async function readLog(requests: number, rowsEach: number): Promise<Record<string, number>> {
  const features = 20;
  const profile = profileOf(features);
  const root = path.join(folder, `log-${rowsEach}`);
  mkdirSync(path.join(root, endpoint), { recursive: true });
  const now = Date.now();
  const names = featureNames(features);
  const file = path.join(root, endpoint, segmentName(now, 0));
  for (let start = 0; start < requests; start += 500) {
    const lines = Array.from({ length: Math.min(500, requests - start) }, (_, index) => {
      const data = Array.from({ length: rowsEach }, (_row, row) => names.map((_name, feature) => ((start + index + row) * 7919 + feature * 104_729) % 1000 / 100));
      const request = JSON.stringify({ dataframe_split: { columns: names, data } });
      const response = JSON.stringify({ predictions: data.map(([first]) => first) });
      const record: InferenceRecord = {
        v: 1, id: `r-${start + index}`, at: now + Math.floor((start + index) / 20), release: monthRelease, version: 1, replica: 'r', path: '/invocations', method: 'POST', status: 200, latencyUs: 1500,
        requestBytes: request.length, responseBytes: response.length, contentType: 'application/json', request, response, truncated: false, sampled: true,
      };
      return JSON.stringify(record);
    });
    appendFileSync(file, `${lines.join('\n')}\n`);
  }
  const database = openDatabase(path.join(root, 'slipway.db'));
  const ingest = createIngest(root, database, createWindowTable(database), { of: () => Promise.resolve(profile) });
  const before = busy();
  const begin = performance.now();
  await ingest.catchUp(endpoint);
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = busy(before);
  database.close();
  return { rowsPerSecond: (requests * rowsEach) / seconds, microseconds: (user + system) / requests };
}

function readMonth(): Record<string, number> {
  const database = openDatabase(path.join(folder, monthDatabase));
  const profile = profileOf(monthFeatures);
  const table = createWindowTable(database);
  const ask = (): number => {
    const begin = performance.now();
    queryMonitoring(table, { endpoint, from: monthEnd - 30 * 86_400_000, to: monthEnd, release: undefined, reference: monthRelease, windows: 60, gaps: [] }, profile);
    return performance.now() - begin;
  };
  // The first one compiles and sorts the baseline.
  ask();
  ask();
  const before = busy();
  const times = Array.from({ length: 5 }, ask).sort((a, b) => a - b);
  const { user, system } = busy(before);
  database.close();
  return { milliseconds: times[2] ?? Number.NaN, cpu: (user + system) / 5000 };
}

if (isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: process.argv.slice(2) }).once('message', (answer) => console.log(JSON.stringify(answer)));
} else {
  parentPort?.postMessage(work === 'log' ? await readLog(Number(numbers[0]), Number(numbers[1])) : readMonth());
}
