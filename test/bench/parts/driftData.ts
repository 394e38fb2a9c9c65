import { addValue, emptyColumn, type Column } from '../../../server/monitoring/columns/column.ts';
import { rankOf } from '../../../server/monitoring/columns/sample.ts';
import { randomNumbers } from '../../../server/monitoring/verdict/randomNumbers.ts';

/** A column that never drifts, row by row in order of time. */
export interface Process {
  readonly name: string;
  readonly kind: Column['kind'];
  /** @param moved by how many standard deviations */
  readonly start: (seed: number) => (moved: number) => unknown;
}

/** Numbers of a normal distribution (G. Box and M. Muller, 1958, https://doi.org/10.1214/aoms/1177706645). */
function normals(seed: number): () => number {
  const random = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const rowsADay = 360;
const shares: readonly (readonly [string, number])[] = [['a', 0.4], ['b', 0.25], ['c', 0.15], ['d', 0.1], ['e', 0.06], ['f', 0.03], ['g', 0.01]];

function numeric(name: string, deviation: number, draw: (normal: () => number) => () => number): Process {
  return {
    name,
    kind: 'numeric',
    start(seed) {
      const next = draw(normals(seed));
      return (moved) => next() + moved * deviation;
    },
  };
}

/** Normal, lognormal, Student's t with three degrees, categories, and values with a daily and a weekly season that remember the ones before. */
export const processes: readonly Process[] = [
  numeric('normal', 1, (normal) => normal),
  numeric('lognormal', Math.sqrt((Math.E - 1) * Math.E), (normal) => () => Math.exp(normal())),
  numeric('heavy-tailed', Math.sqrt(3), (normal) => () => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3)),
  {
    name: 'categorical',
    kind: 'categorical',
    start(seed) {
      const random = randomNumbers(seed);
      return () => {
        let left = random();
        return shares.find(([, share]) => (left -= share) < 0)?.[0] ?? 'a';
      };
    },
  },
  numeric('autocorrelated', Math.sqrt(1 + 0.5 + 0.125), (normal) => {
    let [row, before] = [0, 0];
    return () => {
      row += 1;
      before = 0.8 * before + 0.6 * normal();
      return Math.sin((2 * Math.PI * row) / rowsADay) + 0.5 * Math.sin((2 * Math.PI * row) / (7 * rowsADay)) + before;
    };
  }),
];

/** A column of values as a window or a baseline holds it. */
export function columnOf(kind: Column['kind'], values: readonly unknown[], sampleLimit: number): Column {
  const column = emptyColumn(kind, undefined, sampleLimit);
  values.forEach((value, row) => addValue(column, value, rankOf(values.length, row)));
  return column;
}
