import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import { backUp, backupOrder, type BackupAnswer } from './backUp.ts';

const port = parentPort;
if (port === null) {
  throw new Error('runs as a worker of the companion');
}
try {
  port.postMessage({ file: await backUp(backupOrder.parse(workerData)) } satisfies BackupAnswer);
} catch (error) {
  port.postMessage({ failure: messageOf(error) } satisfies BackupAnswer);
}
