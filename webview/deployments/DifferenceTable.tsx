import type { VNode } from 'preact';
import type { ReleaseDifference } from '../../server/contract/releases.ts';
import { Icon } from '../ui/blocks.tsx';
import { changeOfMetric, dataText, sideText } from '../../server/contract/differenceText.ts';
import { isDigest } from '../../server/contract/format/digests.ts';
import { relativeText } from '../../server/contract/metricChange.ts';
import { byPart } from './differenceParts.ts';

interface DifferenceTableProps {
  readonly differences: readonly ReleaseDifference[];
  /** Headers of the two sides, such as `v1` and `v2`. */
  readonly before: string;
  readonly after: string;
}

/** What differs between two releases, part by part. */
export function DifferenceTable({ differences, before, after }: DifferenceTableProps): VNode {
  if (differences.length === 0) {
    return <p class="muted">The two releases do not differ.</p>;
  }
  return (
    <div class="table-scroll" role="region" aria-label={`Differences between ${before} and ${after}`} tabIndex={0}>
      <table class="table release-differences">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">{before}</th>
            <th scope="col">{after}</th>
          </tr>
        </thead>
        {byPart(differences).map(({ part, title, differences: rows }) => (
          <tbody key={part}>
            <tr class="part">
              <th scope="rowgroup" colSpan={3}>
                {title}
              </th>
            </tr>
            {rows.map((difference) => (
              <tr key={difference.key}>
                <th scope="row">{difference.key}</th>
                <td>
                  <Side difference={difference} kind="before" />
                </td>
                <td>
                  <Side difference={difference} kind="after" />
                  <Verdict difference={difference} />
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Side({ difference, kind }: { readonly difference: ReleaseDifference; readonly kind: 'before' | 'after' }): VNode {
  const value = difference[kind];
  const isData = difference.part === 'data';
  if (value === null) {
    return <span class="muted">{isData && kind === 'after' ? dataText(difference) : 'none'}</span>;
  }
  const digest = isDigest(value);
  return (
    <code class={`value value-${kind}${digest ? ' nowrap' : ''}`} title={digest ? value : undefined}>
      {kind === 'after' && <Icon name="arrow-small-right" />}
      {isData && kind === 'after' ? dataText(difference) : sideText(difference, value)}
    </code>
  );
}

/** How a metric changed, and whether that is better. */
function Verdict({ difference }: { readonly difference: ReleaseDifference }): VNode | null {
  const { relative, verdict } = changeOfMetric(difference) ?? {};
  if (relative === undefined) {
    return null;
  }
  return (
    <span class={verdict === 'better' || verdict === 'worse' ? `difference-${verdict}` : 'muted'}>
      {' '}
      {relativeText(relative)}
      {(verdict === 'better' || verdict === 'worse') && `, ${verdict}`}
    </span>
  );
}
