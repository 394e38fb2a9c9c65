import { evidentlyDefault } from '../../server/monitoring/drift/evidentlyDefault.ts';
import { driftMethods } from '../../server/monitoring/drift/methods.ts';
import { baselineSample } from '../../server/monitoring/baseline.ts';
import { findAlarms, partsOfSpan } from '../../server/monitoring/verdict/alarms.ts';
import type { Column } from '../../server/monitoring/columns/column.ts';
import type { Bench, RowDeclaration, Sample, Trial } from './benchmark.ts';
import { columnOf, processes, type Process } from './parts/driftData.ts';

const windowsADay = 24;
const trainingRows = 20_000;
const sizes = [50, 200, 1000, 5000];
const detectionRows = 200;
/** As `windows/liveColumns.ts` keeps of a span and of each of its parts. */
const spanSample = 2000;
const partSample = 700;

type Alarms = (baseline: Column, values: readonly unknown[]) => boolean;

const ours: Alarms = (baseline, values) => {
  const third = Math.ceil(values.length / partsOfSpan);
  const parts = Array.from({ length: partsOfSpan }, (_, part) => columnOf(baseline.kind, values.slice(part * third, (part + 1) * third), partSample));
  return findAlarms([{ name: 'column', baseline, whole: columnOf(baseline.kind, values, spanSample), parts }]).alarms.length > 0;
};

/** The default method and bound of Evidently 0.7, which `test/python/drift/test_evidently.py` holds against the real one. */
const evidently: Alarms = (baseline, values) => {
  const window = columnOf(baseline.kind, values, values.length);
  const usual = evidentlyDefault(baseline, window);
  const result = driftMethods.find(({ id }) => id === usual)?.measure(baseline, window, false);
  return result?.kind === 'evaluated' && result.isBeyond === true;
};

interface Figures {
  readonly days: number;
  readonly windows: number;
}

/** Percent of days of hourly windows with an alarm, and of windows. */
function alarmsOf(process: Process, rows: number, moved: number, days: number, isAlarm: Alarms): Figures {
  const next = process.start(rows + 1);
  const baseline = columnOf(process.kind, Array.from({ length: trainingRows }, () => next(0)), baselineSample);
  let [daysWith, windowsWith] = [0, 0];
  for (let day = 0; day < days; day += 1) {
    const alarms = Array.from({ length: windowsADay }, () => isAlarm(baseline, Array.from({ length: rows }, () => next(moved)))).filter(Boolean).length;
    windowsWith += alarms;
    daysWith += alarms > 0 ? 1 : 0;
  }
  return { days: (100 * daysWith) / days, windows: (100 * windowsWith) / (days * windowsADay) };
}

function trialOf(process: Process, sizesOfWindows: readonly number[], moved: number, days: number, declared: RowDeclaration): Trial {
  const measure = (isAlarm: Alarms) => (): Promise<Sample> => {
    const samples = sizesOfWindows.map((rows) => alarmsOf(process, rows, moved, days, isAlarm));
    const mean = (key: keyof Figures): number => samples.reduce((sum, sample) => sum + sample[key], 0) / samples.length;
    return Promise.resolve({ days: mean('days'), windows: mean('windows') });
  };
  return { rows: [declared], ours: measure(ours), peer: { name: 'Evidently 0.7 defaults', measure: measure(evidently) } };
}

/** How often columns that do not drift raise an alarm, and how often half a standard deviation does. */
export const alarms: Bench = {
  name: 'alarms',
  summary: 'false alarms of days without drift, and what is detected, beside Evidently’s defaults',
  rounds: 1,
  prepare: ({ full }) => {
    const days = full ? 250 : 25;
    const falseAlarms = processes.map((process) =>
      trialOf(process, sizes, 0, days, { key: 'days', work: `${process.name}, ${sizes.join(', ')} rows, no drift: days with a false alarm`, unit: '%', goal: { kind: 'at-most', value: 1 } }),
    );
    const detected = processes
      .filter(({ kind, name }) => kind === 'numeric' && name !== 'autocorrelated')
      .map((process) => trialOf(process, [detectionRows], 0.5, days, { key: 'windows', work: `${process.name}, ${detectionRows} rows, moved by half a standard deviation: windows with an alarm`, unit: '%', goal: { kind: 'at-least', value: 90 } }));
    return Promise.resolve({ trials: [...falseAlarms, ...detected], close: () => Promise.resolve() });
  },
};
