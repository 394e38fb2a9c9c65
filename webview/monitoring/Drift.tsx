import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { DriftFigure, Monitoring } from '../../server/contract/monitoring.ts';
import { formatTime } from '../ui/format.ts';
import { asFailure, type HostFailure } from '../ui/host.ts';
import type { MeasuredDrift, MonitoringStore } from './store.ts';

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

interface FeatureDriftProps {
  readonly name: string;
  /** What is known without reading single values. */
  readonly drift: readonly DriftFigure[];
  readonly measure: MonitoringStore['measureDrift'];
}

/** What every method says of a feature that is looked at; until it is measured, those that read counts. */
export function FeatureDrift({ name, drift, measure }: FeatureDriftProps): VNode {
  const measured = useSignal<MeasuredDrift | undefined>(undefined);
  const failure = useSignal<HostFailure | undefined>(undefined);
  useEffect(() => {
    let isShown = true;
    measure(name).then(
      (answer) => {
        if (isShown) {
          measured.value = answer;
          failure.value = undefined;
        }
      },
      (error: unknown) => {
        if (isShown) {
          failure.value = asFailure(error);
        }
      },
    );
    return () => {
      isShown = false;
    };
  }, [name, drift]);
  return (
    <>
      <DriftTable drift={measured.value?.drift ?? drift} evidently={measured.value?.evidentlyDefault ?? null} name={name} />
      {failure.value !== undefined && <p class="muted">The other methods could not be asked: {failure.value.message}</p>}
    </>
  );
}

/** Whether a number is beyond the bound of its method's source. */
function bound({ result }: DriftFigure): string {
  return result.kind === 'evaluated' && result.threshold !== undefined ? `${result.isBeyond === true ? 'beyond' : 'within'} ${result.threshold}` : '–';
}

function DriftTable({ drift, evidently, name }: { readonly drift: readonly DriftFigure[]; readonly evidently: string | null; readonly name: string }): VNode {
  return (
    <table class="table summary-table drift-table" aria-label={`Drift of ${name}`}>
      <thead>
        <tr>
          <th scope="col">Drift</th>
          <th scope="col" class="number">Value</th>
          <th scope="col">Its own bound</th>
          <th scope="col" class="number">Rows</th>
          <th scope="col">Note</th>
        </tr>
      </thead>
      <tbody>
        {drift.map((figure) => ({ ...figure, bound: bound(figure) })).map(({ method, label, rows, result, bound: own }) => (
          <tr key={method}>
            <th scope="row">
              {label}
              {method === evidently && <span class="muted"> Evidently’s default</span>}
            </th>
            <td class="number">{result.kind === 'evaluated' ? formatNumber(result.statistic, 3) : '–'}</td>
            <td>{own}</td>
            <td class="number">{formatNumber(rows)}</td>
            <td class="muted">{result.kind === 'evaluated' ? (result.note ?? '') : result.kind === 'not-evaluated' ? `Not evaluated: ${result.reason}` : result.name}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
