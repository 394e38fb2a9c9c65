import type { VNode } from 'preact';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { describeRehearsal, type RehearsalReport } from '../../server/contract/rehearsal.ts';
import { RelativeTime, Section } from '../ui/blocks.tsx';

interface RehearsalProps {
  readonly report: RehearsalReport;
  readonly fresh: number;
  readonly live: number | undefined;
}

type Answer = RehearsalReport['matrix'][number]['live'];

function shown(answer: Answer): string {
  return typeof answer === 'number' ? formatNumber(answer) : String(answer);
}

/** What a new release answered to recorded requests of the live one, outside of the traffic. */
export function Rehearsal({ report, fresh, live }: RehearsalProps): VNode {
  const before = live === undefined ? 'live' : `v${live}`;
  const { latency, right, failure, tolerance } = report;
  return (
    <Section title={`Rehearsal of v${fresh}`} note={formatShare(report.rows === 0 ? 0 : report.agreed / report.rows)}>
      <p>
        {describeRehearsal(report)}. Recorded from <RelativeTime at={report.from} /> on; a sample by the hash of their ids.
        {tolerance !== undefined && ` Numbers are alike that differ by at most ${formatNumber(tolerance)}, a tenth of the spread of the live answers.`}
      </p>
      {failure !== undefined && <p class="tone-bad">The first that failed: {failure}</p>}
      {right !== undefined && (
        <p>
          Of {plural(right.labels, 'row')} whose labels have come, v{fresh} is right in {formatNumber(right.fresh)}, {before} in {formatNumber(right.live)}.
        </p>
      )}
      {latency !== undefined && (
        <p class="muted">
          v{fresh} at its replica: p50 {formatDuration(latency.fresh.p50)}, p95 {formatDuration(latency.fresh.p95)}, p99 {formatDuration(latency.fresh.p99)}. {before} as recorded at the gateway: p50 {formatDuration(latency.live.p50)}, p95{' '}
          {formatDuration(latency.live.p95)}, p99 {formatDuration(latency.live.p99)}.
        </p>
      )}
      {report.slices.length > 0 && (
        <>
          <p class="slices-title">Where rows flip:</p>
          <ul class="plain slices" aria-label="Where rows flip">
            {report.slices.map(({ conditions, rows, flipped }) => (
              <li key={conditions.join()}>
                <strong>{conditions.join(' and ')}</strong>: {formatNumber(flipped)} of {plural(rows, 'row')} ({formatShare(flipped / rows)})
              </li>
            ))}
          </ul>
        </>
      )}
      {report.matrix.length > 0 && <Answers columns={[`${before} answered`, `v${fresh} answers`, 'Rows']} label="Agreement" rows={report.matrix.map((cell) => [shown(cell.live), shown(cell.fresh), formatNumber(cell.rows)])} />}
      {report.flips.length > 0 && (
        <details class="journal">
          <summary>{report.flips.length < report.rows - report.agreed ? `First ${report.flips.length} of ${plural(report.rows - report.agreed, 'row')} that flip` : `${plural(report.flips.length, 'row')} that flip`}</summary>
          <Answers columns={['Request', 'Row', `${before} answered`, `v${fresh} answers`]} label="Rows that flip" rows={report.flips.map((flip) => [flip.requestId, formatNumber(flip.row + 1), shown(flip.live), shown(flip.fresh)])} />
        </details>
      )}
    </Section>
  );
}

function Answers({ columns, rows, label }: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[]; readonly label: string }): VNode {
  return (
    <div class="table-scroll" role="region" aria-label={label} tabIndex={0}>
      <table class="table comparison-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={`${index} ${row[0] ?? ''}`}>
              {row.map((value, column) => (
                <td key={columns[column]}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
