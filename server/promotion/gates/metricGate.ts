import { beyond, describeFigure, labelled, measure } from '../judgedRows.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

export const metricGate: Gate<'metric'> = {
  id: 'metric',
  label: 'Metric within bounds',
  judge({ rows }, { metric, minimum, maximum }) {
    if (typeof rows === 'string') {
      return notEvaluated(rows);
    }
    if (metric === undefined || (minimum ?? maximum) === undefined) {
      return notEvaluated('The policy names no metric with a minimum or a maximum.');
    }
    const figure = measure(labelled(rows, rows.candidate), metric);
    if (typeof figure === 'string') {
      return notEvaluated(`${figure}.`);
    }
    const words = describeFigure(metric, figure, rows.labels.length);
    const wrong = beyond(figure.value, { minimum, maximum });
    return wrong === undefined ? passed(`${words}.`) : failed(`${words}; ${wrong}.`);
  },
};
