/** A process that ingests the inference log of a data home as the companion does, and says so. Argument: the data home. */
import { describeHome } from '../../../server/companion/home.ts';
import { silentLog } from '../../../server/log.ts';
import { createIngestWorker } from '../../../server/monitoring/ingestWorker.ts';

const home = describeHome(process.argv[2] ?? '');
createIngestWorker({
  home,
  log: silentLog,
  facts: () => Promise.resolve(undefined),
  changed: (endpoint) => process.stdout.write(`changed ${endpoint}\n`),
}).start();
