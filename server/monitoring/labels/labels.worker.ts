import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { openDatabase } from '../../platform/database/database.ts';
import { toProblem } from '../../platform/errors.ts';
import { createTurn } from '../../platform/time/turn.ts';
import { forgetPerson } from '../forget/forgetPerson.ts';
import { createLabelTable } from './labelTable.ts';
import type { LabelAnswer, LabelCall, ToLabelWorker } from './labelMessages.ts';
import { performanceOf } from './performance.ts';
import { createPredictionTable } from './predictionTable.ts';
import { readLabels } from './readLabels.ts';
import { readEndpoint } from './readPredictions.ts';

const port = parentPort;
if (port === null) {
  throw new Error('runs as a worker of the companion');
}
const { database: file, inference: root } = z.object({ database: z.string(), inference: z.string() }).parse(workerData);
const database = openDatabase(file);
const labels = createLabelTable(database);
const predictions = createPredictionTable(database);
/** One reader of the log at a time. */
const inTurn = createTurn();

function answer({ call, input }: LabelCall): unknown {
  switch (call) {
    case 'record': {
      const read = readLabels(input);
      const since = Date.now();
      const nothing = { added: 0, corrected: 0, unchanged: 0, outdated: 0 };
      return { ...(input.check ? { received: read.length, ...nothing } : labels.record(input.endpoint, input.keyColumn, input.source, read, since)), since };
    }
    case 'catchUp': {
      const id = labels.find(input.endpoint);
      return id === undefined ? { wanted: [], changed: false } : inTurn(() => readEndpoint(root, input.endpoint, id, predictions, labels.keyColumns(id), input.releases));
    }
    case 'joined': {
      const id = labels.find(input.endpoint);
      return id === undefined ? 0 : labels.joined(id, input.since);
    }
    case 'labelsOf': {
      const id = labels.find(input.endpoint);
      return id === undefined ? [] : predictions.labelsOf(id, input.requests);
    }
    case 'performance':
      return performanceOf(labels, predictions, input);
    case 'forget':
      return inTurn(() => forgetPerson(root, database, input));
    case 'tidy':
      predictions.drop(input.before);
      return {};
  }
}

port.on('message', ({ asked, reply }: ToLabelWorker) => {
  const send = (result: LabelAnswer<unknown>): void => {
    reply.postMessage(result);
    reply.close();
  };
  Promise.resolve()
    .then(() => answer(asked))
    .then(
      (output) => send({ output }),
      (error: unknown) => {
        const { reason, message, field, remedy } = toProblem(error);
        send({ failure: { reason, message, field, remedy } });
      },
    );
});
