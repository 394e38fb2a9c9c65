import type { VNode } from 'preact';
import type { RegisteredModel } from '../../server/contract/registry.ts';
import { Badge, RelativeTime } from '../ui/blocks.tsx';
import { formatMetric } from '../ui/format.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { directionOf, type Direction } from '../../server/contract/metricDirection.ts';
import { metricChange, relativeText } from '../../server/contract/metricChange.ts';
import { numberOf } from '../../server/contract/metricValues.ts';
import { byTelling } from '../../server/contract/primaryMetric.ts';
import type { MetricValue } from '../../server/contract/values.ts';
import { ServedBadges } from './ServedBadges.tsx';
import type { RegistryStore } from './store.ts';

/** A table has no room for all. */
const mostMetrics = 3;

/** The versions of a model, the newest first. The buttons in the first column choose the version that is shown in full. */
export function VersionTable({ store, model }: { readonly store: RegistryStore; readonly model: RegisteredModel }): VNode {
  const narrow = useNarrow(700);
  const { primary, champion, tags } = store.verdict;
  const telling = byTelling(new Set(model.versions.flatMap((version) => Object.keys(version.metrics))));
  const first = primary.value?.metric;
  const metrics = [...(first === undefined ? [] : [first]), ...telling.filter((metric) => metric !== first)].slice(0, narrow ? 1 : mostMetrics);
  const chosen = store.version.value?.version;
  return (
    <div class="table-scroll versions" role="region" aria-label={`Versions of ${model.name}`} tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Where</th>
            <th scope="col" class="version-created">Created</th>
            {metrics.map((metric, index) => (
              <th key={metric} scope="col" class={`number version-metric-${index}`}>
                {metric}
              </th>
            ))}
            {!narrow && (
              <th scope="col" class="number version-size">
                Size
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {model.versions.map((version) => (
            <tr
              key={version.version}
              class={version.version === chosen ? 'row-chosen row-click' : 'row-click'}
              onClick={() => {
                store.showVersion(version.version);
              }}
            >
              <th scope="row">
                <span class="version-name">
                  <button type="button" class="link" aria-current={version.version === chosen ? 'true' : undefined}>
                    v{version.version}
                  </button>
                  {version.aliases.map((alias) => (
                    <Badge key={alias} tone="accent">
                      @{alias}
                    </Badge>
                  ))}
                </span>
              </th>
              <td>
                <ServedBadges served={store.served.value.get(version.version) ?? []} />
              </td>
              <td class="version-created nowrap">
                <RelativeTime at={version.createdAt} />
              </td>
              {metrics.map((metric, index) => {
                const value = version.metrics[metric];
                return (
                  <td key={metric} class={`number version-metric-${index}`}>
                    {value === undefined ? '' : formatMetric(value)}
                    {metric === first && value !== undefined && <ChampionDelta value={value} from={version === champion.value ? undefined : champion.value?.metrics[metric]} direction={directionOf(metric, tags.value)} />}
                  </td>
                );
              })}
              {!narrow && <td class="number version-size">{version.bytes === undefined ? '' : formatBytes(version.bytes)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How a value stands to the champion's. */
function ChampionDelta({ value, from, direction }: { readonly value: MetricValue; readonly from: MetricValue | undefined; readonly direction: Direction | undefined }): VNode | null {
  const { relative, verdict } = metricChange(numberOf(value), from === undefined ? undefined : numberOf(from), direction);
  if (relative === undefined) {
    return null;
  }
  return (
    <span class={verdict === 'better' ? 'champion-delta verdict-better' : verdict === 'worse' ? 'champion-delta verdict-worse' : 'champion-delta muted'}>
      {relativeText(relative)}
      {(verdict === 'better' || verdict === 'worse') && <span class="sr-only"> {verdict} than @champion</span>}
    </span>
  );
}
