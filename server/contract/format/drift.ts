import type { DriftFigure, Monitoring } from '../monitoring.ts';
import { lookUp, type Known } from '../unknown.ts';
import { describeTaken } from './baselines.ts';
import { formatNumber } from './numbers.ts';
import { plural } from './plural.ts';

const sources: Readonly<Record<Known<Monitoring['baselineSource']>, string>> = { 'training-data': 'training data', none: 'no baseline' };

/** What live data is compared with, such as `5,000 rows given with the model`; an input example is no baseline, and is named as what there is. */
export function describeBaseline({ baselineSource, baseline, exampleRows }: Pick<Monitoring, 'baselineSource' | 'baseline' | 'exampleRows'>): string {
  const source = baseline === undefined ? (lookUp(sources, baselineSource) ?? baselineSource) : describeTaken(baseline);
  return exampleRows === undefined ? source : `${source} (input example of ${plural(exampleRows, 'row')})`;
}

/** `PSI 0.12`, or that it was not evaluated and why. */
export function describeDrift({ label, result }: DriftFigure): string {
  switch (result.kind) {
    case 'evaluated':
      return `${label} ${formatNumber(result.statistic, 2)}`;
    case 'not-evaluated':
      return `not evaluated: ${result.reason}`;
    case 'unknown':
      return `${label} ${result.name}`;
  }
}

/** How likely a distance is where nothing has moved: `one in 12,000 by chance`. */
export function describeChance(p: number): string {
  return p < 1e-9 ? 'less than one in a billion by chance' : `one in ${formatNumber(Number((1 / p).toPrecision(2)))} by chance`;
}
