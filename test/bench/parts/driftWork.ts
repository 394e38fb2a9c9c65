/** A process that compares the columns of a folder: `node driftWork.ts FOLDER COLUMNS`. Prints seconds and the largest memory in MB. */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { addValue, emptyColumn, type Column } from '../../../server/monitoring/columns/column.ts';
import { rankOf } from '../../../server/monitoring/columns/sample.ts';
import { baselineSample } from '../../../server/monitoring/baseline.ts';
import { evidentlyDefault } from '../../../server/monitoring/drift/evidentlyDefault.ts';
import { driftMethods } from '../../../server/monitoring/drift/methods.ts';

const [folder = '', columns = '0'] = process.argv.slice(2);
const spanSample = 2000;

async function read(file: string, sampleLimit: number): Promise<Column> {
  const column = emptyColumn('numeric', undefined, sampleLimit);
  let row = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    // Chunks are of whole numbers of values, as the files are.
    for (const value of new Float64Array(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.length))) {
      addValue(column, value, rankOf(0, row));
      row += 1;
    }
  }
  return column;
}

const begin = performance.now();
const scores: number[] = [];
for (let index = 0; index < Number(columns); index += 1) {
  const baseline = await read(path.join(folder, `baseline-${index}`), baselineSample);
  const window = await read(path.join(folder, `window-${index}`), spanSample);
  const usual = evidentlyDefault(baseline, window);
  const result = driftMethods.find(({ id }) => id === usual)?.measure(baseline, window, false);
  scores.push(result?.kind === 'evaluated' ? result.statistic : Number.NaN);
}
console.log(JSON.stringify({ seconds: (performance.now() - begin) / 1000, memory: process.resourceUsage().maxRSS / 1000, scores }));
