import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { logLoss, type LogGap, type LogLoss } from './logLosses.ts';

const reservedBytes = 256 * 1024;

/** Room on the disk that is taken before the disk is full, for what the log has lost meanwhile: a gateway that is killed then takes no count with it. */
export interface LossReserve {
  /** What the process before this one left there. */
  readonly left: readonly LogLoss[];
  /** Keeps the losses in the place of those before. Does nothing where there is no room. */
  keep(losses: readonly LogLoss[]): void;
  close(): void;
}

/** Takes the room where it is not taken yet. On a disk that has none, and where files are written anew elsewhere, counts lie in memory alone. */
export function openLossReserve(file: string): LossReserve {
  const left = readLosses(file);
  const descriptor = open(file);
  return {
    left,
    keep(losses) {
      if (descriptor === undefined) {
        return;
      }
      try {
        const text = Buffer.from(`${JSON.stringify(losses)}\n`);
        // A gap a minute grows for as long as the disk is full.
        writeSync(descriptor, text.length <= reservedBytes ? text : Buffer.from(`${JSON.stringify(losses.map(shortened))}\n`), 0, null, 0);
      } catch {
        // The counts are in memory.
      }
    },
    close() {
      if (descriptor !== undefined) {
        closeSync(descriptor);
      }
    },
  };
}

function open(file: string): number | undefined {
  let descriptor: number | undefined;
  try {
    const before = readable(file);
    descriptor = openSync(file, before === undefined ? 'w' : 'r+', 0o600);
    if (before === undefined || before.length < reservedBytes) {
      const content = Buffer.alloc(reservedBytes, ' ');
      content.write(before?.toString('utf8') ?? '[]\n');
      writeSync(descriptor, content, 0, null, 0);
      fsyncSync(descriptor);
    }
    return descriptor;
  } catch {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
    return undefined;
  }
}

function readable(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function readLosses(file: string): readonly LogLoss[] {
  try {
    const [first = ''] = readFileSync(file, 'utf8').split('\n', 1);
    return z.array(logLoss).parse(JSON.parse(first));
  } catch {
    return [];
  }
}

/** One gap a release. */
function shortened(loss: LogLoss): LogLoss {
  const gaps = new Map<string | null, LogGap>();
  for (const gap of loss.gaps) {
    const known = gaps.get(gap.release);
    gaps.set(gap.release, known === undefined ? gap : { ...known, to: Math.max(known.to, gap.to), from: Math.min(known.from, gap.from), requests: known.requests + gap.requests });
  }
  return { ...loss, gaps: [...gaps.values()] };
}
