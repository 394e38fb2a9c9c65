import { inspect } from 'node:util';

export interface Log {
  info(message: string): void;
  warn(message: string): void;
  /** `cause` is written with its stack. */
  error(message: string, cause?: unknown): void;
}

/** Writes one line per event, with time and level, to a stream (the companion's is `logs/companion.log`). */
export function createLog(stream: NodeJS.WritableStream): Log {
  const write = (level: string, message: string): void => {
    stream.write(`${new Date().toISOString()} ${level} ${message}\n`);
  };
  return {
    info: (message) => write('info ', message),
    warn: (message) => write('warn ', message),
    error: (message, cause) => write('error', cause === undefined ? message : `${message}: ${inspect(cause)}`),
  };
}

/** Says nothing; for tests. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
