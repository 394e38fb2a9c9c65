import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { createTurn } from '../../platform/time/turn.ts';
import { toProblem } from '../../platform/errors.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { createBaselines } from '../baselines/baselines.ts';
import { trainingDrift } from '../baselines/trainingDrift.ts';
import { createFleetTraffic } from './fleetTraffic.ts';
import { createIngest } from './ingest.ts';
import type { CallAnswer, FromWorker, IngestCall, ToWorker } from './ingestMessages.ts';
import { createLiveTraffic } from './liveTraffic.ts';
import { createProfiles, type ReleaseFacts } from './profiles.ts';
import { queryDrift, queryMonitoring } from './query.ts';
import { compareAnswers } from '../rehearsal/compareAnswers.ts';
import { copiedRequests } from '../rehearsal/copiedRequests.ts';
import { recordedRequests } from '../rehearsal/recordedRequests.ts';
import { recordedAnswers } from '../recordedAnswers.ts';
import { requestCount } from '../requestCount.ts';
import { findRequest } from '../findRequest.ts';
import { latestRequests } from '../requests.ts';
import { scoredTrafficOf } from '../scoredTraffic.ts';
import { tidy } from './retention.ts';
import { packOldColumns } from './packOldColumns.ts';
import { createRollUp } from './rollUp.ts';
import { createWindowTable } from './windowTable.ts';

/** How long a query waits for the log to be read to its end. */
const catchUpMilliseconds = 3000;

const port = parentPort;
if (port === null) {
  throw new Error('runs as a worker of the companion');
}
const { database: file, inference: root, pollMilliseconds } = z.object({ database: z.string(), inference: z.string(), pollMilliseconds: z.number() }).parse(workerData);

const say = (message: FromWorker): void => port.postMessage(message);
const waiting = new Map<string, ((facts: ReleaseFacts | undefined) => void)[]>();
const database = openDatabase(file);
const windows = createWindowTable(database);
const rollUp = createRollUp(database);
const fleetTraffic = createFleetTraffic(windows);
const liveTraffic = createLiveTraffic(windows);
const profiles = createProfiles(
  database,
  (release) =>
    new Promise((resolve) => {
      const others = waiting.get(release);
      if (others !== undefined) {
        others.push(resolve);
        return;
      }
      waiting.set(release, [resolve]);
      say({ type: 'wanted', release });
    }),
);
const baselines = createBaselines(database, windows, () => profiles.forget());
const ingest = createIngest(root, database, windows, profiles);

/** One reader of the log at a time; the first to read finds windows of one form. */
const inTurn = createTurn();
const packed = inTurn(() => packOldColumns(database, windows, () => new Promise(setImmediate))).catch((error: unknown) => say({ type: 'trouble', message: `packing old windows: ${String(error)}` }));
const catchUp = (endpoint: string): Promise<void> =>
  inTurn(() => ingest.catchUp(endpoint)).then(
    (changed) => {
      if (changed) {
        say({ type: 'changed', endpoint });
      }
    },
    (error: unknown) => say({ type: 'trouble', message: `reading the inference log of ${endpoint}: ${String(error)}` }),
  );

/** Longer windows are made so often, of what began since some time before. */
const rollUpMilliseconds = 60_000;
const lookedBackMilliseconds = 3_600_000;
let rolledUpAt = 0;

const poll = async (): Promise<void> => {
  try {
    for (const endpoint of await ingest.endpoints()) {
      await catchUp(endpoint);
    }
    const now = Date.now();
    if (now - rolledUpAt >= rollUpMilliseconds) {
      rollUp.make(rolledUpAt === 0 ? 0 : rolledUpAt - lookedBackMilliseconds, now);
      rolledUpAt = now;
    }
  } catch (error) {
    say({ type: 'trouble', message: `looking for inference logs: ${String(error)}` });
  }
  setTimeout(() => void poll(), pollMilliseconds);
};

async function answer(input: IngestCall): Promise<unknown> {
  await packed;
  switch (input.call) {
    case 'query': {
      await Promise.race([catchUp(input.endpoint), new Promise((resolve) => setTimeout(resolve, catchUpMilliseconds))]);
      const profile = input.reference === undefined ? undefined : await profiles.of(input.reference);
      return { figures: queryMonitoring(windows, input, profile), log: await ingest.size(input.endpoint) };
    }
    case 'drift':
      await Promise.race([catchUp(input.endpoint), new Promise((resolve) => setTimeout(resolve, catchUpMilliseconds))]);
      return queryDrift(windows, input, input.reference === undefined ? undefined : await profiles.of(input.reference));
    case 'live-traffic':
      await Promise.race([catchUp(input.endpoint), new Promise((resolve) => setTimeout(resolve, catchUpMilliseconds))]);
      return liveTraffic(input, Date.now());
    case 'fleet':
      return fleetTraffic(input, Date.now());
    case 'requests':
      return latestRequests(root, input.endpoint, input.limit, input.errorsOnly);
    case 'find':
      return findRequest(root, input);
    case 'scores':
      return scoredTrafficOf(root, input);
    case 'answers':
      return recordedAnswers(root, input);
    case 'count':
      return requestCount(root, input);
    case 'recorded':
      return recordedRequests(root, input);
    case 'compare':
      return compareAnswers(input.pairs, (await profiles.of(input.release))?.inputs ?? [], input.labels);
    case 'compare-copies':
      return compareAnswers(await copiedRequests(root, input), (await profiles.of(input.release))?.inputs ?? [], input.labels);
    case 'prepare':
      await profiles.of(input.release);
      return {};
    case 'take-rows':
      return profiles.take(input);
    case 'baselines':
      return baselines.list(input);
    case 'take-baseline':
      return baselines.take(input);
    case 'choose-baseline':
      return baselines.choose(input);
    case 'compare-baselines':
      return baselines.compare(input);
    case 'training-drift':
      return trainingDrift(await profiles.of(input.candidate), await profiles.of(input.live));
    case 'tidy':
      await tidy(root, ingest, rollUp, input.keptDays);
      return {};
  }
}

port.on('message', (message: ToWorker) => {
  if (message.type === 'facts') {
    const resolvers = waiting.get(message.release) ?? [];
    waiting.delete(message.release);
    for (const resolve of resolvers) {
      resolve(message.facts);
    }
    return;
  }
  const { input, reply } = message;
  const send = (result: CallAnswer<unknown>): void => {
    reply.postMessage(result);
    reply.close();
  };
  answer(input).then(
    (output) => send({ output }),
    (error: unknown) => {
      const { reason, message, field, remedy } = toProblem(error);
      send({ failure: { reason, message, field, remedy } });
    },
  );
});
void poll();
