import type { Release } from '../../contract/releases.ts';
import { formatShare } from '../../contract/format/numbers.ts';
import { plural } from '../../contract/format/plural.ts';
import type { LabelValue } from '../../monitoring/labels/labelValue.ts';
import type { Answers, JudgedRows } from '../judgedRows.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

/** Of the evaluation rows so many are asked again for each input, evenly over them. */
const mostRows = 200;
const mostInputs = 100;
const shownWrong = 3;

/** An input that gets one value in every row. */
interface Probe {
  readonly input: string;
  readonly kind: 'missing' | 'unseen';
  readonly value: string;
}

/** What each probe does to the rows, or why there is none. @param only names of inputs; undefined for all */
function probesOf({ signature, model }: Release, columns: ReadonlyMap<string, readonly string[]>, only: readonly string[] | undefined): Probe[] | string {
  if (signature === undefined) {
    return `Version ${model.version} has no signature.`;
  }
  const inputs = signature.inputs.flatMap(({ name, type, required, shape }) => (name === undefined || shape !== undefined || !columns.has(name) || (required && type !== 'string') ? [] : [{ name, type, required }]));
  const unknown = only?.find((name) => !inputs.some((input) => input.name === name));
  if (unknown !== undefined) {
    return `${unknown} is no optional and no text input of the model that the evaluation rows have.`;
  }
  const chosen = inputs.filter(({ name }) => only?.includes(name) !== false);
  if (chosen.length === 0 || chosen.length > mostInputs) {
    return chosen.length === 0 ? 'The model has no optional and no text input that the evaluation rows have.' : `${chosen.length} inputs are optional or texts: name those that matter as columns.`;
  }
  return chosen.flatMap(({ name, type, required }) => [
    ...(required ? [] : [{ input: name, kind: 'missing', value: '' } as const]),
    ...(type === 'string' ? [{ input: name, kind: 'unseen', value: unseen(columns.get(name) ?? []) } as const] : []),
  ]);
}

/** A text that is none of some values. */
function unseen(values: readonly string[]): string {
  let text = 'slipway-unseen';
  while (values.includes(text)) {
    text += '-';
  }
  return text;
}

const describe = ({ input, kind }: Probe): string => (kind === 'missing' ? `${input} missing` : `an unseen ${input}`);

/** How many rows are answered otherwise: of probabilities those that are on the other side of the threshold. */
function changed({ predictions, form }: Answers, before: Answers, rows: readonly number[]): number {
  const decided = (value: LabelValue | undefined): LabelValue | boolean | undefined => (form.answers === 'scores' ? Number(value) >= form.threshold : value);
  return rows.filter((row, index) => decided(predictions[index]) !== decided(before.predictions[row])).length;
}

function pickedRows({ labels }: JudgedRows): number[] {
  const count = Math.min(mostRows, labels.length);
  return Array.from({ length: count }, (_, index) => Math.floor((index * labels.length) / count));
}

export const robustnessGate: Gate<'robustness'> = {
  id: 'robustness',
  label: 'Missing values and unseen categories',
  async judge({ rows, release }, { columns: only, maximumChanged }) {
    if (typeof rows === 'string') {
      return notEvaluated(rows);
    }
    const probes = probesOf(release, rows.columns, only);
    if (typeof probes === 'string') {
      return notEvaluated(probes);
    }
    const picked = pickedRows(rows);
    const given = new Map([...rows.columns].map(([name, values]) => [name, picked.map((row) => values[row] ?? '')]));
    const wrong: string[] = [];
    const answered: { readonly probe: Probe; readonly changes: number }[] = [];
    for (const probe of probes) {
      const answers = await rows.ask(new Map(given).set(probe.input, picked.map(() => probe.value)));
      if (typeof answers === 'string') {
        wrong.push(`With ${describe(probe)} the candidate ${answers.replace(/\.$/, '')}.`);
      } else {
        answered.push({ probe, changes: changed(answers, rows.candidate, picked) });
      }
    }
    if (wrong.length > 0) {
      return failed([...wrong.slice(0, shownWrong), ...(wrong.length > shownWrong ? [`${wrong.length - shownWrong} more of ${probes.length} changes are not answered either.`] : [])].join(' '));
    }
    const [most] = answered.sort((a, b) => b.changes - a.changes);
    const count = (kind: Probe['kind']): number => probes.filter((probe) => probe.kind === kind).length;
    const tried = [...(count('missing') > 0 ? [`${plural(count('missing'), 'optional input')} missing`] : []), ...(count('unseen') > 0 ? [`unseen categories in ${plural(count('unseen'), 'text input')}`] : [])];
    const share = (most?.changes ?? 0) / picked.length;
    const said = rows.candidate.form.answers === 'scores' ? 'decisions' : 'answers';
    const words = `${plural(picked.length, 'row is', 'rows are')} answered with ${tried.join(' and ')}, one at a time; ${most === undefined || most.changes === 0 ? `no ${said} change` : `most ${said} change with ${describe(most.probe)}: ${most.changes} (${formatShare(share)})`}`;
    return maximumChanged !== undefined && share > maximumChanged ? failed(`${words}; at most ${formatShare(maximumChanged)} may.`) : passed(`${words}.`);
  },
};
