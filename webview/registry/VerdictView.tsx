import type { VNode } from 'preact';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { changeText } from '../../server/contract/metricChange.ts';
import { championAlias, type ModelVersion } from '../../server/contract/registry.ts';
import type { VersionVerdict } from '../../server/contract/versionVerdict.ts';
import { useActions } from '../ui/actions.ts';
import { Icon, LinkButton } from '../ui/blocks.tsx';
import type { PairedAuc } from './pairedAuc.ts';
import type { ReferenceVersion, VerdictStore } from './verdictStore.ts';

type Tone = 'good' | 'bad' | 'warning' | 'neutral';

const icons: Readonly<Record<Tone, string>> = { good: 'arrow-up', bad: 'arrow-down', warning: 'warning', neutral: 'dash' };

/** First of all whether the version is better than the one in production, then what else it would change. */
export function VerdictView({ store, version }: { readonly store: VerdictStore; readonly version: ModelVersion }): VNode {
  const actions = useActions();
  const [reference, verdict, paired] = [store.reference.value, store.verdict.value, store.paired.value];
  if (reference === undefined || verdict === undefined) {
    return <p class="muted">{version.aliases.includes(championAlias) ? 'No other version was @champion before, so there is nothing to compare it with.' : 'It is the first version, so there is nothing to compare it with.'}</p>;
  }
  const { tone, text, figures } = headline(verdict, reference, paired);
  const runIds = [version.lineage.runId, reference.version.lineage.runId].filter((id) => id !== undefined);
  return (
    <section class={`verdict verdict-${tone}`} aria-label="Verdict">
      <p class="verdict-head">
        <Icon name={icons[tone]} />
        <strong>{text}</strong>
        {figures !== undefined && <span>{figures}</span>}
      </p>
      <ul class="plain verdict-points">
        {points(verdict, version, paired).map((point) => (
          <li key={point.text} class={point.warns ? 'verdict-warns' : undefined}>
            {point.warns && <Icon name="warning" />}
            {point.text}
          </li>
        ))}
      </ul>
      {runIds.length === 2 && runIds[0] !== runIds[1] && (
        <LinkButton
          onClick={() => {
            actions.show({ panel: 'compare', runIds });
          }}
        >
          Compare their runs
        </LinkButton>
      )}
    </section>
  );
}

function headline({ metric }: VersionVerdict, { label }: ReferenceVersion, paired: PairedAuc | undefined): { readonly tone: Tone; readonly text: string; readonly figures?: string } {
  if (metric.kind === 'not-evaluated') {
    return { tone: 'neutral', text: `Not compared with ${label}`, figures: metric.reason };
  }
  const figures = `${metric.name} ${formatNumber(metric.value)} against ${formatNumber(metric.from)}${metric.change.verdict === 'same' ? '' : `, ${changeText(metric.change)}`}`;
  // An interval of the area under the curve says nothing of another metric.
  const unclear = paired !== undefined && /auc/i.test(metric.name) && paired.interval[0] <= 0 && paired.interval[1] >= 0;
  switch (metric.change.verdict) {
    case 'better':
      return unclear ? { tone: 'neutral', text: `Not clearly better than ${label}`, figures } : { tone: 'good', text: `Better than ${label}`, figures };
    case 'worse':
      return unclear ? { tone: 'neutral', text: `Not clearly worse than ${label}`, figures } : { tone: 'bad', text: `Worse than ${label}`, figures };
    case 'same':
      return { tone: 'neutral', text: `As good as ${label}`, figures };
    case undefined:
      return { tone: 'neutral', text: `Not ranked against ${label}`, figures };
  }
}

interface Point {
  readonly text: string;
  readonly warns?: boolean;
}

function points({ callers, data, params, sameEnvironment }: VersionVerdict, { signature }: ModelVersion, paired: PairedAuc | undefined): Point[] {
  return [
    ...(paired === undefined ? [] : [{ text: pairedText(paired) }]),
    ...callersPoints(callers, signature?.inputs.length ?? 0),
    { text: data === undefined ? 'Training data not known of both' : data.length === 0 ? 'Same training data' : `Training data differs: ${data.join(', ')}` },
    { text: params.length === 0 ? 'Same params' : `${plural(params.length, 'param')} ${params.length === 1 ? 'differs' : 'differ'}` },
    ...(sameEnvironment === undefined ? [] : [{ text: sameEnvironment ? 'Same requirements' : 'Other requirements' }]),
  ];
}

function callersPoints(callers: VersionVerdict['callers'], inputs: number): Point[] {
  if (callers === undefined) {
    return [{ text: 'Inputs not compared: one of the two has no signature' }];
  }
  return callers.length === 0 ? [{ text: `Nothing changes for callers, ${plural(inputs, 'input')}` }] : callers.map((text) => ({ text: `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`, warns: true }));
}

function pairedText({ rows, auc, referenceAuc, difference, interval: [low, high] }: PairedAuc): string {
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${formatNumber(Math.abs(value), 2)}`;
  return `On the same ${formatNumber(rows)} evaluation rows its AUC is ${formatNumber(auc)} against ${formatNumber(referenceAuc)}: ${signed(difference)}, 95% interval ${signed(low)} to ${signed(high)}`;
}
