import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache } from './step.mjs';

/** How long the parts of the suites take, in seconds by name: measured by earlier runs here, else as they usually do. */
export interface Durations {
  of(name: string): number;
  /** Keeps a measurement for the next run. */
  keep(name: string, seconds: number): void;
}

/** How long files and folders take on two quiet cores: a first run starts by these. */
const usual: readonly (readonly [pattern: RegExp, seconds: number])[] = [
  [/server\/deployments\//, 120],
  [/server\/(cli\/road|.*sharedServer)/, 90],
  [/server\/.*(releases|transfer|failures)\//, 35],
  [/docker\//, 100],
  [/e2e\//, 90],
  [/vscode\//, 40],
  [/python\/(model_server|transfer|mlflow_client|conformance)$/, 100],
  [/python\/[^/]+$/, 40],
  [/unit$/, 30],
  [/webview$/, 200],
  [/\.ts$|\.py$/, 10],
];

/** A check needs nothing: it starts first. */
const checkSeconds = 200;

const file = path.join(cache, 'counts', 'durations.json');

export function readDurations(): Durations {
  const measured = readMeasured();
  return {
    of: (name) => measured[name] ?? usual.find(([pattern]) => pattern.test(name))?.[1] ?? checkSeconds,
    keep: (name, seconds) => {
      measured[name] = Math.round(seconds * 10) / 10;
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `${JSON.stringify(measured, undefined, 2)}\n`);
    },
  };
}

/** What is not readable is measured again. */
function readMeasured(): Record<string, number> {
  if (!existsSync(file)) {
    return {};
  }
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof read === 'object' && read !== null ? Object.entries(read) : [];
    return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  } catch {
    return {};
  }
}
