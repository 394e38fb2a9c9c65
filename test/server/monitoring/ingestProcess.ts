/** A process that ingests the inference log of a data home as the companion does, and says so. Argument: the data home. */
import { describeHome } from '../../../server/platform/home.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { defaultTiming } from '../../../server/platform/timing.ts';
import { createIngestWorker } from '../../../server/monitoring/windows/ingestWorker.ts';

const home = describeHome(process.argv[2] ?? '');
createIngestWorker({
  home,
  log: silentLog,
  pollMilliseconds: defaultTiming.ingest,
  facts: () => Promise.resolve(undefined),
  changed: (endpoint) => process.stdout.write(`changed ${endpoint}\n`),
}).start();
