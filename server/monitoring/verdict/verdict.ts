import type { Finding, Suspect, TrafficWindow, Verdict } from '../../contract/monitoring.ts';
import { formatNumber, formatShare } from '../../contract/format/numbers.ts';
import { plural } from '../../contract/format/plural.ts';
import { findAlarms, type Alarm, type Alarms, type WatchedColumn } from './alarms.ts';
import { mostMoved } from './judgeColumn.ts';

/** Columns of a span, of the release whose baseline they are compared with. */
export interface VerdictInput {
  readonly features: readonly WatchedColumn[];
  /** Answers of the span beside earlier ones of the same release, or why there are none of the two. */
  readonly prediction: WatchedColumn | { readonly reason: string };
  /** When each part of the span begins, epoch milliseconds. */
  readonly partStarts: readonly number[];
  readonly findings: readonly { readonly feature: string; readonly findings: readonly Finding[] }[];
  readonly total: TrafficWindow;
  /** What features are compared with: `training`, `the baseline`. */
  readonly reference: string;
  /** Why features are not compared, where none is. */
  readonly withoutFeatures: string;
}

/** Failed requests that are no part of a usual day. */
const notableErrors = 0.01;

type Side = 'moved' | 'same' | 'not-evaluated';

function sideOf({ alarms, judged }: Alarms): Side {
  return alarms.length > 0 ? 'moved' : judged.length > 0 ? 'same' : 'not-evaluated';
}

/**
 * What a span says of an endpoint, in a sentence: whether inputs and predictions are as they were, each beside its own reference, and what stands out.
 * The same for the same values.
 */
export function reachVerdict(input: VerdictInput): Verdict {
  const features = findAlarms(input.features);
  const prediction = 'reason' in input.prediction ? { alarms: [], judged: [], notJudged: [{ name: 'prediction', reason: input.prediction.reason }] } : findAlarms([input.prediction]);
  const [inputs, predictions] = [sideOf(features), sideOf(prediction)];
  const suspects = [
    ...features.alarms.map((alarm) => suspectOf(alarm, 'feature', input.partStarts)),
    ...prediction.alarms.map((alarm) => suspectOf(alarm, 'prediction', input.partStarts)),
  ];
  const why = { inputs: whyNot(features, input.withoutFeatures), predictions: whyNot(prediction, '') };
  const drift = driftSentence(inputs, predictions, suspects, `${plural(features.judged.length, 'feature')} as in ${input.reference}`, why);
  const others = [errorsSentence(input.total), ...findingSentences(input.findings)].filter((sentence) => sentence !== '');
  const isWell = inputs !== 'moved' && predictions !== 'moved' && (inputs === 'same' || predictions === 'same') && others.length === 0;
  return {
    kind: kindOf(inputs, predictions),
    isWell,
    sentence: [isWell ? `Well: ${drift}` : capitalized(drift), ...others].join(' '),
    advice: adviceFor(inputs, predictions),
    suspects,
    notJudged: [...features.notJudged, ...prediction.notJudged],
  };
}

function kindOf(inputs: Side, predictions: Side): Verdict['kind'] {
  if (inputs === 'moved') {
    return predictions === 'moved' ? 'both-moved' : 'inputs-moved';
  }
  return predictions === 'moved' ? 'predictions-moved' : inputs === 'same' || predictions === 'same' ? 'nothing-moved' : 'not-evaluated';
}

function whyNot({ notJudged }: Alarms, otherwise: string): string {
  return notJudged[0]?.reason ?? otherwise;
}

const named = 3;

function driftSentence(inputs: Side, predictions: Side, suspects: readonly Suspect[], unmoved: string, why: { readonly inputs: string; readonly predictions: string }): string {
  const moved = suspects.filter(({ role }) => role === 'feature');
  const names = moved.slice(0, named).map(({ name, text }) => `${name} (${text})`).join(', ');
  const more = moved.length > named ? ` and ${moved.length - named} more` : '';
  const has = moved.length === 1 ? 'has' : 'have';
  const answers = suspects.find(({ role }) => role === 'prediction')?.text ?? '';
  const unknownInputs = `inputs are not evaluated: ${why.inputs}`;
  const unknownPredictions = `predictions are not evaluated: ${why.predictions}`;
  switch (inputs) {
    case 'moved':
      return {
        moved: `${names}${more} ${has} moved, and the predictions with them (${answers}): data drift that reaches the answers.`,
        same: `${names}${more} ${has} moved and the predictions have not: data drift.`,
        'not-evaluated': `${names}${more} ${has} moved: data drift; ${unknownPredictions}.`,
      }[predictions];
    case 'same':
      return {
        moved: `the predictions have moved (${answers}) and the inputs have not: a new release, a bug, or a feature that is not watched.`,
        same: `${unmoved}, predictions as before.`,
        'not-evaluated': `${unmoved}; ${unknownPredictions}.`,
      }[predictions];
    case 'not-evaluated':
      return {
        moved: `the predictions have moved (${answers}); ${unknownInputs}.`,
        same: `predictions as before; ${unknownInputs}.`,
        'not-evaluated': `not evaluated: ${why.inputs}${why.predictions === why.inputs ? '' : `; predictions: ${why.predictions}`}.`,
      }[predictions];
  }
}

/** What is usually done. */
function adviceFor(inputs: Side, predictions: Side): string | null {
  if (inputs === 'moved') {
    return predictions === 'moved'
      ? 'Look for a change where the features come from. If the world has changed, label some of the new rows, compare, and retrain with them.'
      : 'Look for a change where the features come from; with labels, see whether the answers are as good as before, and retrain if they are not.';
  }
  return predictions === 'moved' ? 'See what changed in the release, its steps and its environment; roll back if it was the release.' : null;
}

function errorsSentence({ requests, serverErrors }: TrafficWindow): string {
  return requests > 0 && serverErrors / requests >= notableErrors ? `${formatShare(serverErrors / requests)} of requests failed.` : '';
}

function findingSentences(findings: VerdictInput['findings']): string[] {
  const all = findings.flatMap(({ feature, findings: of }) => of.map(({ text, share }) => ({ sentence: `${feature}: ${text}.`, share })));
  const first = all.sort((a, b) => b.share - a.share).slice(0, named).map(({ sentence }) => sentence);
  return all.length > named ? [...first, `${plural(all.length - named, 'more finding')} below.`] : first;
}

function suspectOf({ column, judgement, sincePart }: Alarm, role: Suspect['role'], partStarts: readonly number[]): Suspect {
  const { p, distance, values } = judgement;
  return { role, name: column.name, text: changeOf(column), distance, p, values, since: partStarts[sincePart] ?? partStarts[0] ?? 0 };
}

/** Means that are nearer than this many standard deviations are told by the spread. */
const telling = 0.1;

function changeOf({ baseline, whole }: WatchedColumn): string {
  if (baseline.kind === 'numeric' && whole.kind === 'numeric') {
    const [before, now] = [baseline, whole].map(({ m2, count }) => Math.sqrt(Math.max(0, m2) / Math.max(1, count)));
    return Math.abs(whole.mean - baseline.mean) >= telling * (before ?? 0)
      ? `mean ${formatNumber(baseline.mean, 3)} → ${formatNumber(whole.mean, 3)}`
      : `standard deviation ${formatNumber(before ?? 0, 3)} → ${formatNumber(now ?? 0, 3)}`;
  }
  const most = baseline.kind === 'categorical' && whole.kind === 'categorical' ? mostMoved(baseline, whole) : undefined;
  return most === undefined ? '' : `${most.value} ${formatShare(most.before)} → ${formatShare(most.now)}`;
}

function capitalized(sentence: string): string {
  return /^(?:the|not|predictions|inputs) /.test(sentence) ? sentence.charAt(0).toUpperCase() + sentence.slice(1) : sentence;
}
