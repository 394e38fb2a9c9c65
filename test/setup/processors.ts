import { cpus } from 'node:os';

/** Milliseconds of all processors since the machine started. */
interface Spent {
  readonly idle: number;
  readonly all: number;
}

function spent(): Spent {
  const times = cpus().map((processor) => processor.times);
  const idle = times.reduce((sum, { idle: each }) => sum + each, 0);
  return { idle, all: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}

/** Starts to measure. @returns what gives the share of the time since then in which processors had work, of whatever program, from 0 to 1 */
export function measureBusy(): () => number {
  const before = spent();
  return () => {
    const now = spent();
    return now.all === before.all ? 1 : 1 - (now.idle - before.idle) / (now.all - before.all);
  };
}

const lookMilliseconds = 3000;
const busyEnough = 0.8;

/** Calls back each time that processors had too little to do for some seconds. @returns what ends it */
export function whenIdle(call: () => void): () => void {
  let busy = measureBusy();
  const timer = setInterval(() => {
    if (busy() < busyEnough) {
      call();
    }
    busy = measureBusy();
  }, lookMilliseconds);
  return () => {
    clearInterval(timer);
  };
}
