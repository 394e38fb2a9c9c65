import { readFileSync, readdirSync } from 'node:fs';

/** What the kernel counts of a process: ticks of a hundredth of a second, its own and those of its children that have ended and were waited for. */
interface Counted {
  readonly parent: number;
  readonly own: number;
  readonly waited: number;
  /** Ticks since the start of the machine: with the number it names a process. */
  readonly born: number;
}

/** The processor time that a part of the suites takes with all that it starts. */
export interface ProcessorTime {
  /** Looks once more, and ends. @returns seconds of user and system time; undefined where there is no `/proc` */
  end(): number | undefined;
}

const lookMilliseconds = 500;
const ticksPerSecond = 100;
/** A process that young may have the environment of the one that started it. */
const youngTicks = 500;

/**
 * Counts the processor time of the processes whose environment names a folder and of their descendants, also of those that run on by
 * themselves. By looks: the last half second of a process that nobody of them waits for is missed, and what a container engine
 * runs is no descendant.
 */
export function countProcessorTime(folder: string): ProcessorTime {
  if (process.platform !== 'linux') {
    return { end: () => undefined };
  }
  let seen: ReadonlyMap<number, Counted> = new Map();
  const others = new Set<string>();
  let ended = 0;
  const look = (): void => {
    const { all, ticks } = readAll();
    const now = new Map<number, Counted>();
    const belongs = (pid: number, counted: Counted): boolean => {
      const name = `${pid} ${counted.born}`;
      if (pid === process.pid || others.has(name)) {
        return false;
      }
      const parent = all.get(counted.parent);
      const found = now.has(pid) || seen.get(pid)?.born === counted.born || seen.has(counted.parent) || (parent !== undefined && belongs(counted.parent, parent)) || namesFolder(pid, folder);
      if (found) {
        now.set(pid, counted);
      } else if (ticks - counted.born > youngTicks) {
        others.add(name);
      }
      return found;
    };
    for (const [pid, counted] of all) {
      belongs(pid, counted);
    }
    ended += endedUnseen(seen, now);
    seen = now;
  };
  const timer = setInterval(look, lookMilliseconds);
  return {
    end: () => {
      clearInterval(timer);
      last = undefined;
      look();
      const alive = [...seen.values()].reduce((sum, { own, waited }) => sum + own + waited, 0);
      return (ended + alive) / ticksPerSecond;
    },
  };
}

/** Ticks of processes that have ended and that no living one has waited for. */
function endedUnseen(before: ReadonlyMap<number, Counted>, now: ReadonlyMap<number, Counted>): number {
  const waitedFor = (parent: number): boolean => {
    const gone = before.get(parent);
    return now.has(parent) || (gone !== undefined && waitedFor(gone.parent));
  };
  return [...before].filter(([pid, { parent }]) => !now.has(pid) && !waitedFor(parent)).reduce((sum, [, { own, waited }]) => sum + own + waited, 0);
}

interface Look {
  readonly all: ReadonlyMap<number, Counted>;
  /** Since the start of the machine. */
  readonly ticks: number;
}

let last: (Look & { readonly at: number }) | undefined;

/** All processes of the machine; parts that run side by side share a look. */
function readAll(): Look {
  if (last === undefined || Date.now() - last.at > lookMilliseconds / 2) {
    const ticks = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * ticksPerSecond;
    const all = new Map<number, Counted>();
    for (const name of readdirSync('/proc')) {
      const counted = /^\d+$/.test(name) ? readCounted(name) : undefined;
      if (counted !== undefined) {
        all.set(Number(name), counted);
      }
    }
    last = { at: Date.now(), all, ticks };
  }
  return last;
}

/** Undefined for a process that has ended meanwhile. */
function readCounted(pid: string): Counted | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may hold blanks and brackets. The numbers of the fields are those of proc(5), of which these are the first from 3.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3] ?? 0);
    return { parent: field(4), own: field(14) + field(15), waited: field(16) + field(17), born: field(22) };
  } catch {
    return undefined;
  }
}

function namesFolder(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
  } catch {
    return false;
  }
}
