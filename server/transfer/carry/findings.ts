import type { TransferCounts, TransferFinding, TransferReport } from '../../contract/transfer.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type Counter = Mutable<TransferCounts>;

export function noCounts(): Counter {
  return {
    experiments: 0,
    runs: 0,
    params: 0,
    tags: 0,
    metrics: 0,
    datasets: 0,
    models: 0,
    registeredModels: 0,
    versions: 0,
    aliases: 0,
    artifacts: 0,
    bytes: 0,
  };
}

const mostListed = 200;

/** What a transfer finds out while it works. */
export interface Findings {
  readonly source: Counter;
  readonly target: Counter;
  readonly added: Counter;
  conflict(kind: string, id: string, messages: readonly string[]): void;
  difference(kind: string, id: string, messages: readonly string[]): void;
  /** Something of the source that is passed over; it may be told again. */
  notCarried(kind: string, id: string, why: string): void;
  note(text: string): void;
  report(): TransferReport;
}

export function createFindings(): Findings {
  const source = noCounts();
  const target = noCounts();
  const added = noCounts();
  const conflicts: TransferFinding[] = [];
  const differences: TransferFinding[] = [];
  const notCarried: TransferFinding[] = [];
  const told = new Set<string>();
  const notes = new Set<string>();
  let more = 0;
  const add = (list: TransferFinding[], kind: string, id: string, messages: readonly string[]): void => {
    for (const message of messages) {
      if (list.length < mostListed) {
        list.push({ kind, id, message });
      } else {
        more += 1;
      }
    }
  };
  return {
    source,
    target,
    added,
    conflict: (kind, id, messages) => add(conflicts, kind, id, messages),
    difference: (kind, id, messages) => add(differences, kind, id, messages),
    notCarried(kind, id, why) {
      const key = JSON.stringify([kind, id, why]);
      if (!told.has(key)) {
        told.add(key);
        add(notCarried, kind, id, [why]);
      }
    },
    note: (text) => void notes.add(text),
    report: () => ({ source: { ...source }, target: { ...target }, added: { ...added }, conflicts, differences, notCarried, notes: [...notes], more }),
  };
}
