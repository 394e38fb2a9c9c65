import { MessageChannel, Worker } from 'node:worker_threads';
import type { DataHome } from '../../platform/home.ts';
import { Problem } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import { entry } from '../../platform/resources.ts';
import type { LabelAnswer, LabelCalls, ToLabelWorker } from './labelMessages.ts';

/** The thread that reads labels and joins them with predictions. */
export interface LabelWorker {
  /**
   * Starts the thread if it does not run.
   * @throws Problem of the call; `unavailable` once it was stopped
   */
  ask<Name extends keyof LabelCalls>(call: Name, input: Parameters<LabelCalls[Name]>[0]): Promise<ReturnType<LabelCalls[Name]>>;
  stop(): Promise<void>;
}

export function createLabelWorker(home: DataHome, log: Log): LabelWorker {
  let worker: Worker | undefined;
  let isStopped = false;
  const running = (): Worker => {
    if (worker !== undefined) {
      return worker;
    }
    const started = new Worker(entry('monitoring/labels/labels.worker.ts', 'workers/labels.mjs'), { workerData: { database: home.database, inference: home.inference } });
    worker = started;
    started.on('error', (error) => log.error('the thread of labels failed', error));
    started.once('exit', () => {
      if (worker === started) {
        worker = undefined;
      }
    });
    return started;
  };
  return {
    ask: <Name extends keyof LabelCalls>(call: Name, input: Parameters<LabelCalls[Name]>[0]) =>
      new Promise<ReturnType<LabelCalls[Name]>>((resolve, reject) => {
        if (isStopped) {
          reject(new Problem('unavailable', 'The companion is ending.'));
          return;
        }
        const { port1: mine, port2: reply } = new MessageChannel();
        mine.once('message', (answer: LabelAnswer<ReturnType<LabelCalls[Name]>>) => {
          if ('failure' in answer) {
            const { reason, message, field, remedy } = answer.failure;
            reject(new Problem(reason, message, { ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) }));
          } else {
            resolve(answer.output);
          }
        });
        // Also closed by the end of the thread; after an answer the rejection has no effect.
        mine.once('close', () => reject(new Problem('internal', 'The thread of labels ended.')));
        const message = { asked: { call, input }, reply } as ToLabelWorker;
        running().postMessage(message, [reply]);
      }),
    async stop() {
      isStopped = true;
      const ending = worker;
      worker = undefined;
      await ending?.terminate();
    },
  };
}
