import type { VNode } from 'preact';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { DriftFigure, Monitoring } from '../../server/contract/monitoring.ts';
import { formatTime } from '../ui/format.ts';

/** What the figures cover: a number without it says nothing. */
export function DriftCover({ covers: { release, rows, from, to } }: { readonly covers: NonNullable<Monitoring['driftCovers']> }): VNode {
  return (
    <p class="muted">
      Drift covers the {plural(rows, 'row')} that release <code title={release}>{shortDigest(release)}</code> got from {formatTime(from)} to {formatTime(to)}, beside its baseline. A number is no verdict.
    </p>
  );
}

/** `PSI 0.12`, or why there is no number. */
export function DriftFigureText({ figure: { label, result, rows } }: { readonly figure: DriftFigure }): VNode {
  switch (result.kind) {
    case 'evaluated':
      return (
        <span title={[`${plural(rows, 'row')} with this feature.`, result.note ?? ''].join('\n').trim()}>
          {label} {formatNumber(result.statistic, 2)}
        </span>
      );
    case 'not-evaluated':
      return (
        <span class="muted">
          not evaluated: <span class="drift-reason">{result.reason}</span>
        </span>
      );
    case 'unknown':
      return (
        <span>
          {label} {result.name}
        </span>
      );
  }
}

/** What every method says of a feature. */
export function DriftTable({ drift, name }: { readonly drift: readonly DriftFigure[]; readonly name: string }): VNode {
  return (
    <table class="table summary-table drift-table" aria-label={`Drift of ${name}`}>
      <thead>
        <tr>
          <th scope="col">Drift</th>
          <th scope="col" class="number">Value</th>
          <th scope="col" class="number">Rows</th>
          <th scope="col">Note</th>
        </tr>
      </thead>
      <tbody>
        {drift.map(({ method, label, rows, result }) => (
          <tr key={method}>
            <th scope="row">{label}</th>
            <td class="number">{result.kind === 'evaluated' ? formatNumber(result.statistic, 3) : '–'}</td>
            <td class="number">{formatNumber(rows)}</td>
            <td class="muted">{result.kind === 'evaluated' ? (result.note ?? '') : result.kind === 'not-evaluated' ? `Not evaluated: ${result.reason}` : result.name}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
