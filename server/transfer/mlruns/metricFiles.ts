import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metric, ModelMetric } from '../../contract/entities.ts';
import { writeEntry } from './mlrunsFiles.ts';

/** Adds what the metrics' files of a folder do not hold yet: a line for each point. */
export interface MetricFiles {
  addPoints(folder: string, runId: string, points: readonly Metric[]): void;
  addModelMetrics(folder: string, modelId: string, metrics: readonly ModelMetric[]): void;
}

/** A point as a metric's file has it. @param more what follows in the file of a model */
function lineOf({ at, value, step }: Metric, ...more: readonly string[]): string {
  return [at, value, step, ...more].join(' ');
}

export function createMetricFiles(): MetricFiles {
  /** What the files of the run or model hold that is written. */
  let held = { owner: '', files: new Map<string, Set<string>>() };
  const heldOf = (owner: string, file: string): Set<string> => {
    if (held.owner !== owner) {
      held = { owner, files: new Map() };
    }
    const lines = held.files.get(file) ?? new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
    held.files.set(file, lines);
    return lines;
  };
  const append = (owner: string, file: string, lines: readonly string[]): void => {
    const there = heldOf(owner, file);
    const added = lines.filter((text) => !there.has(text));
    if (added.length === 0) {
      return;
    }
    mkdirSync(path.dirname(file), { recursive: true });
    // A line that a killed process left without its end is closed; MLflow passes over an empty one.
    appendFileSync(file, `${added.join('\n')}\n`);
    added.forEach((text) => there.add(text));
  };
  return {
    addPoints(folder, runId, points) {
      const byKey = new Map<string, string[]>();
      for (const point of points) {
        const lines = byKey.get(point.key) ?? [];
        lines.push(lineOf(point));
        byKey.set(point.key, lines);
      }
      for (const [key, lines] of byKey) {
        writeEntry(folder, key, (file) => append(runId, file, lines));
      }
    },
    addModelMetrics(folder, modelId, metrics) {
      mkdirSync(folder, { recursive: true });
      for (const metric of metrics) {
        const { datasetName: name, datasetDigest: digest, runId } = metric;
        // MLflow splits the line at spaces.
        const dataset = name === undefined || digest === undefined || /\s/.test(name + digest) ? [] : [name, digest];
        writeEntry(folder, metric.key, (file) => append(modelId, file, [lineOf(metric, runId, ...dataset)]));
      }
    },
  };
}
