import { addValue, emptyColumn } from '../../../server/monitoring/columns/column.ts';
import { gridFor } from '../../../server/monitoring/columns/numericColumn.ts';
import { rankOf } from '../../../server/monitoring/columns/sample.ts';
import { emptyWindow, type WindowStatistics } from '../../../server/monitoring/windows/accumulate.ts';
import { createRollUp } from '../../../server/monitoring/windows/rollUp.ts';
import { createWindowTable } from '../../../server/monitoring/windows/windowTable.ts';
import { randomNumbers } from '../../../server/monitoring/verdict/randomNumbers.ts';
import type { Baseline } from '../../../server/monitoring/baseline.ts';
import type { Database } from '../../../server/platform/database/database.ts';

const hour = 3_600_000;
const rowsAnHour = 600;
const baselineRows = 20_000;
const grid = gridFor(-6, 6, false);

/** The sum of uniform numbers: bell-shaped, and cheap. */
function valuesOf(random: () => number): () => number {
  return () => (random() + random() + random() + random() - 2) * 1.7;
}

export function featureNames(features: number): string[] {
  return Array.from({ length: features }, (_, index) => `feature_${index}`);
}

export function baselineOf(features: number): Baseline {
  const next = valuesOf(randomNumbers(1));
  const columns = featureNames(features).map((name) => {
    const column = emptyColumn('numeric', grid, 5000);
    for (let row = 0; row < baselineRows; row += 1) {
      addValue(column, next(), rankOf(0, row));
    }
    return [name, column] as const;
  });
  return { source: 'training-data', features: new Map(columns), prediction: undefined };
}

function windowAt(at: number, features: number, next: () => number): WindowStatistics {
  const window = emptyWindow();
  window.requests = rowsAnHour;
  window.rows = rowsAnHour;
  for (let row = 0; row < rowsAnHour; row += 1) {
    window.latency.add(2000 + 1000 * Math.abs(next()));
  }
  for (const name of [...featureNames(features), '']) {
    const column = emptyColumn('numeric', grid, 512);
    for (let row = 0; row < rowsAnHour; row += 1) {
      addValue(column, next(), rankOf(at / hour, row));
    }
    if (name === '') {
      window.prediction = column;
    } else {
      window.features.set(name, column);
    }
  }
  return window;
}

export const monthDatabase = 'month.db';
export const monthRelease = 'a'.repeat(64);
export const monthFeatures = 200;
/** In the evening, when the day is hours yet. */
export const monthEnd = Date.UTC(2026, 10, 30, 20);

/** Writes 30 days of hours of an endpoint, and the longer windows over them. */
export function writeMonth(database: Database, endpoint: string): void {
  const windows = createWindowTable(database);
  const next = valuesOf(randomNumbers(2));
  for (let at = monthEnd - 30 * 24 * hour; at < monthEnd; at += hour) {
    database.transaction(() => windows.add({ endpoint, release: monthRelease, at, span: hour }, windowAt(at, monthFeatures, next)))();
  }
  createRollUp(database).make(0, monthEnd + hour);
}
