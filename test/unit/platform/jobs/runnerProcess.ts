/**
 * A process that runs jobs of a database as the companion does. Arguments: the database, a file that gets a line for each beginning and each end of a
 * job, and `add` (adds jobs without end and prints the id of each), `stay` (jobs never end) or `work`.
 */
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { openDatabase } from '../../../../server/platform/database/database.ts';
import { createJobs } from '../../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../../server/platform/log.ts';

const [, , file = '', diary = '', mode = ''] = process.argv;
const jobs = createJobs({ database: openDatabase(file), log: silentLog });
const queue = jobs.register({
  kind: 'written',
  payload: z.object({ word: z.string() }),
  retry: { firstMilliseconds: 10, mostMilliseconds: 10 },
  async run({ id, payload }) {
    appendFileSync(diary, `begin ${id} ${payload.word}\n`);
    if (mode === 'stay') {
      await new Promise(() => undefined);
    }
    appendFileSync(diary, `end ${id} ${payload.word}\n`);
  },
});
if (mode === 'add') {
  const add = (): void => {
    process.stdout.write(`${queue.add({ key: 'one', payload: { word: 'added' } })}\n`);
    setImmediate(add);
  };
  add();
} else {
  // Nothing else keeps the process up; it is ended from outside.
  setInterval(() => undefined, 1000);
  jobs.start();
  await queue.idle();
  process.stdout.write('idle\n');
}
