import type { VNode } from 'preact';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Agreement } from '../../server/contract/rehearsal.ts';

interface AgreementDetailsProps {
  readonly report: Agreement;
  readonly fresh: number;
  /** What the live release is called. */
  readonly before: string;
}

type Answer = Agreement['matrix'][number]['live'];

function shown(answer: Answer): string {
  return typeof answer === 'number' ? formatNumber(answer) : String(answer);
}

/** When numbers count as alike; empty for labels. */
export function toleranceText(tolerance: number | undefined): string {
  return tolerance === undefined ? '' : ` Numbers are alike that differ by at most ${formatNumber(tolerance)}, a tenth of the spread of the live answers.`;
}

/** Who was right, where rows flip, and what was answered instead of what. */
export function AgreementDetails({ report, fresh, before }: AgreementDetailsProps): VNode {
  const { right } = report;
  return (
    <>
      {right !== undefined && (
        <p>
          Of {plural(right.labels, 'row')} whose labels have come, v{fresh} is right in {formatNumber(right.fresh)}, {before} in {formatNumber(right.live)}.
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
    </>
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
