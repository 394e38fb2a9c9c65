import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { BackupAnswer, BackupOrder } from '../platform/database/backUp.ts';
import { listBackups } from '../platform/database/backups.ts';
import { messageOf } from '../platform/errors.ts';
import type { DataHome } from '../platform/home.ts';
import type { Log } from '../platform/log.ts';
import { entry } from '../platform/resources.ts';
import type { Timing } from '../platform/timing.ts';

const keptBackups = 3;

export interface DailyBackup {
  /** Why the last backup could not be made, for people; undefined when it was. */
  notice(): string | undefined;
  stop(): Promise<void>;
}

/** Backs the database up in a thread when the newest backup is a day old. */
export function backUpDaily(home: Pick<DataHome, 'database' | 'backups'>, log: Log, timing: Pick<Timing, 'backup' | 'backupCheck'>): DailyBackup {
  let running: Worker | undefined;
  let failure: string | undefined;

  const isDue = (): boolean => {
    const [newest] = listBackups(home.backups);
    return newest === undefined || statSync(newest).mtimeMs + timing.backup <= Date.now();
  };
  const settle = (answer: BackupAnswer): void => {
    if ('failure' in answer) {
      // Once an hour would fill the log with the same line.
      if (failure !== answer.failure) {
        log.warn(`the database is not backed up: ${answer.failure}`);
      }
      failure = answer.failure;
      return;
    }
    failure = undefined;
    log.info(answer.file === undefined ? 'the newest backup of the database is up to date' : `the database is backed up: ${answer.file}`);
  };
  const begin = (): void => {
    const order: BackupOrder = { database: home.database, folder: home.backups, kept: keptBackups };
    const worker = new Worker(entry('platform/database/backup.worker.ts', 'workers/backup.mjs'), { workerData: order });
    running = worker;
    worker.on('message', settle);
    worker.on('error', (error) => settle({ failure: messageOf(error) }));
    worker.once('exit', () => {
      running = undefined;
    });
  };
  const look = (): void => {
    try {
      if (running === undefined && isDue()) {
        begin();
      }
    } catch (error) {
      settle({ failure: messageOf(error) });
    }
  };
  const timer = setInterval(look, timing.backupCheck).unref();

  return {
    notice: () => (failure === undefined ? undefined : `The database is not backed up: ${failure}`),
    async stop() {
      clearInterval(timer);
      await running?.terminate();
    },
  };
}
