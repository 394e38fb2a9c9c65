import { metricFacts } from '../../contract/performance.ts';
import { plural } from '../../contract/format/plural.ts';
import { beyond, describeFigure, labelled, measure } from '../judgedRows.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

const fewestRows = 30;
/** A column with more values than so many has no slices that people would name. */
const mostValues = 50;

/** Indices of the rows by the value of a column. */
export function groupsOf(values: readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  values.forEach((value, row) => {
    const group = groups.get(value);
    if (group === undefined) {
      groups.set(value, [row]);
    } else {
      group.push(row);
    }
  });
  return groups;
}

export const slicesGate: Gate<'slices'> = {
  id: 'slices',
  label: 'Weakest slice',
  judge({ rows }, { metric, columns, minimum, maximum, minimumRows = fewestRows }) {
    if (typeof rows === 'string') {
      return notEvaluated(rows);
    }
    if (metric === undefined || columns === undefined || (minimum ?? maximum) === undefined) {
      return notEvaluated('The policy names no metric with columns and a minimum or a maximum.');
    }
    const slices: { readonly name: string; readonly value: number; readonly words: string }[] = [];
    let small = 0;
    for (const column of columns) {
      const values = rows.columns.get(column);
      const groups = values === undefined ? undefined : groupsOf(values);
      if (groups === undefined || groups.size > mostValues) {
        return notEvaluated(groups === undefined ? `The evaluation rows have no column ${column}.` : `The column ${column} has ${groups.size} values: slices are of at most ${mostValues}.`);
      }
      for (const [value, indices] of groups) {
        const figure = indices.length < minimumRows ? undefined : measure(labelled(rows, rows.candidate, indices), metric);
        if (figure === undefined) {
          small += 1;
        } else if (typeof figure === 'string') {
          return notEvaluated(`${column} = ${value}: ${figure}.`);
        } else {
          slices.push({ name: `${column} = ${value}`, value: figure.value, words: describeFigure(metric, figure, indices.length) });
        }
      }
    }
    const direction = metricFacts[metric].better === 'greater' ? 1 : -1;
    const [weakest] = slices.sort((a, b) => direction * (a.value - b.value));
    if (weakest === undefined) {
      return notEvaluated(`No slice has ${minimumRows} rows.`);
    }
    const rest = `of ${plural(slices.length, 'slice')}${small === 0 ? '' : `; ${small} with fewer than ${minimumRows} rows are not judged`}`;
    const wrong = slices.filter(({ value }) => beyond(value, { minimum, maximum }) !== undefined).length;
    const words = `The weakest is ${weakest.name}: ${weakest.words}, ${rest}`;
    return wrong === 0 ? passed(`${words}.`) : failed(`${words}; ${beyond(weakest.value, { minimum, maximum }) ?? ''}, which ${wrong} ${wrong === 1 ? 'misses' : 'miss'}.`);
  },
};
