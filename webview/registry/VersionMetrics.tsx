import type { VNode } from 'preact';
import { directionOf, isTrainingMetric } from '../../server/contract/metricDirection.ts';
import { changeText, metricChange, relativeText } from '../../server/contract/metricChange.ts';
import { numberOf } from '../../server/contract/metricValues.ts';
import { byTelling } from '../../server/contract/primaryMetric.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { Section } from '../ui/blocks.tsx';
import { useNarrow } from '../ui/useNarrow.ts';
import { formatMetric } from '../ui/format.ts';
import { Folded } from './Folded.tsx';
import type { VerdictStore } from './verdictStore.ts';

const shownAtFirst = 8;

/** All metrics of a version, those that tell most first, beside those of the version that it is compared with. */
export function VersionMetrics({ store, version }: { readonly store: VerdictStore; readonly version: ModelVersion }): VNode | null {
  const primary = store.primary.value?.metric;
  const names = byTelling(Object.keys(version.metrics)).sort((a, b) => Number(b === primary) - Number(a === primary));
  if (names.length === 0) {
    return null;
  }
  return (
    <Section title="Metrics" note={String(names.length)}>
      <MetricTable store={store} version={version} names={names.slice(0, shownAtFirst)} primary={primary} />
      {names.length > shownAtFirst && (
        <Folded title={`${names.length - shownAtFirst} more`}>
          <MetricTable store={store} version={version} names={names.slice(shownAtFirst)} primary={primary} />
        </Folded>
      )}
    </Section>
  );
}

interface MetricTableProps {
  readonly store: VerdictStore;
  readonly version: ModelVersion;
  readonly names: readonly string[];
  readonly primary: string | undefined;
}

function MetricTable({ store, version, names, primary }: MetricTableProps): VNode {
  const [reference, tags] = [store.reference.value, store.tags.value];
  const narrow = useNarrow(520);
  return (
    <div class="table-scroll" role="region" aria-label={`Metrics of version ${version.version}`} tabIndex={0}>
      <table class="table version-metrics">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="number">
              v{version.version}
            </th>
            {reference !== undefined && (
              <>
                <th scope="col" class="number" title={reference.label}>
                  v{reference.version.version}
                </th>
                <th scope="col">Change</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const value = version.metrics[name];
            const from = reference?.version.metrics[name];
            const change = metricChange(value === undefined ? undefined : numberOf(value), from === undefined ? undefined : numberOf(from), isTrainingMetric(name) ? undefined : directionOf(name, tags));
            return (
              <tr key={name}>
                <th scope="row">
                  <span class={name === primary ? 'metric-primary' : undefined}>{name}</span>
                  {name === primary && <span class="sr-only">, the primary metric</span>}
                </th>
                <td class="number">{value === undefined ? '' : formatMetric(value)}</td>
                {reference !== undefined && (
                  <>
                    <td class="number">{from === undefined ? <span class="muted">none</span> : formatMetric(from)}</td>
                    <td class={change.verdict === 'better' ? 'verdict-better' : change.verdict === 'worse' ? 'verdict-worse' : 'muted'}>
                      {narrow && change.relative !== undefined ? relativeText(change.relative) : changeText(change)}
                      {(change.verdict === 'better' || change.verdict === 'worse') && <span class="sr-only"> {change.verdict}</span>}
                    </td>
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
