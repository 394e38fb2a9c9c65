import type { DescribedBaseline } from '../baselines.ts';
import { plural } from './plural.ts';
import { formatSpan } from './times.ts';

/** Where a baseline comes from: `rows given with the model`, `the data file /data/train.csv`. */
export function describeOrigin(origin: DescribedBaseline['origin']): string {
  switch (origin.kind) {
    case 'training-rows':
      return 'rows given with the model';
    case 'training-files':
      return 'the data file that its run names';
    case 'data-file':
      return `the data file ${origin.path}`;
    case 'live-traffic':
      return `live traffic of ${origin.endpoint} ${formatSpan(origin.from, origin.to)}`;
    case 'sagemaker':
      return `SageMaker's statistics in ${origin.path}`;
    case 'unknown':
      return origin.name;
  }
}

/** Source and number of rows: `5,000 rows of the data file /data/train.csv`. */
export function describeTaken({ origin, rows }: Pick<DescribedBaseline, 'origin' | 'rows'>): string {
  return rows === null ? describeOrigin(origin) : origin.kind === 'training-rows' ? `${plural(rows, 'row')} given with the model` : `${plural(rows, 'row')} of ${describeOrigin(origin)}`;
}
