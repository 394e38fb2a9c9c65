import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { useSeen } from '../ui/useSeen.ts';
import { fileAt, type ArtifactFile, type ArtifactRow } from './artifactRows.ts';
import type { LoadedArtifact } from './artifactStore.ts';
import { ArtifactState } from './ArtifactState.tsx';
import { OpenArtifact, tooLarge } from './OpenArtifact.tsx';
import type { CompareStore } from './store.ts';
import { confusionOf, differingCells, readTable, type DataTable } from '../ui/tables.ts';

interface TablesProps {
  readonly row: ArtifactRow;
  readonly runs: readonly Run[];
  readonly store: CompareStore;
}

/** A table of each run; cells that are not as in the first of them are marked. */
export function ArtifactTables(props: TablesProps): VNode {
  const place = useRef<HTMLTableRowElement>(null);
  const seen = useSeen(place);
  return <tr ref={place}>{seen ? <SeenTables {...props} /> : <td colSpan={props.runs.length}><span class="artifact-wait" /></td>}</tr>;
}

function SeenTables({ row, runs, store }: TablesProps): VNode {
  const cells = runs.map((run) => {
    const file = fileAt(row, run.runId, 0);
    return { run, file, loaded: file === undefined ? undefined : store.artifacts.content(run.runId, file).value };
  });
  const texts = cells.map(({ loaded }) => (loaded?.state === 'loaded' && loaded.content.kind === 'text' ? loaded.content.text : undefined));
  const tables = useMemo(() => texts.map((text) => (text === undefined ? undefined : readTable(row.name, text))), [row.name, ...texts]);
  const base = tables.find((table) => table !== undefined);
  return (
    <>
      {cells.map(({ run, file, loaded }, index) => (
        <td key={run.runId}>
          {file === undefined || loaded === undefined ? (
            <span class="artifact-none muted">none</span>
          ) : (
            <RunTable name={row.name} run={run} file={file} loaded={loaded} table={tables[index]} base={base} store={store} />
          )}
        </td>
      ))}
    </>
  );
}

interface RunTableProps {
  readonly name: string;
  readonly run: Run;
  readonly file: ArtifactFile;
  readonly loaded: LoadedArtifact;
  readonly table: DataTable | undefined;
  /** What the others are compared with. */
  readonly base: DataTable | undefined;
  readonly store: CompareStore;
}

function RunTable({ name, run, file, loaded, table, base, store }: RunTableProps): VNode {
  return (
    <ArtifactState store={store} run={run} file={file} name={name} loaded={loaded}>
      {(content) =>
        table === undefined ? (
          <OpenArtifact runId={run.runId} path={file.path}>
            {content.kind === 'too-large' ? tooLarge(content) : 'This is no table that can be read.'}
          </OpenArtifact>
        ) : (
          <TableView label={`${name} of ${run.name}`} name={name} table={table} base={base === table ? undefined : base} onlyDiffering={store.onlyDiffering.value} />
        )
      }
    </ArtifactState>
  );
}

const mostRows = 200;
const mostColumns = 40;

interface TableViewProps {
  readonly label: string;
  readonly name: string;
  readonly table: DataTable;
  readonly base: DataTable | undefined;
  readonly onlyDiffering: boolean;
}

function TableView({ label, name, table, base, onlyDiffering }: TableViewProps): VNode {
  const differing = useMemo(() => (base === undefined ? undefined : differingCells(table, base)), [table, base]);
  const confusion = useMemo(() => confusionOf(name, table), [name, table]);
  const count = (differing ?? []).reduce((sum, row) => sum + row.filter(Boolean).length, 0);
  const rows = table.rows.map((row, index) => ({ row, index })).filter(({ index }) => !onlyDiffering || confusion !== undefined || differing === undefined || differing[index]?.includes(true) === true);
  const columns = table.columns.slice(0, mostColumns);
  return (
    <div class="data-table">
      <div class="data-scroll" role="region" aria-label={label} tabIndex={0}>
        <table>
          <thead>
            <tr>{columns.map((column, index) => <th key={index} scope="col">{column}</th>)}</tr>
          </thead>
          <tbody>
            {rows.slice(0, mostRows).map(({ row, index }) => (
              <tr key={index}>
                {columns.map((_, column) => {
                  const cell = row[column] ?? '';
                  const differs = differing?.[index]?.[column] === true;
                  const share = confusion === undefined ? undefined : shareOf(confusion, index, column);
                  return (
                    <td key={column} class={[isNumber(cell) ? 'number' : '', differs ? 'cell-differs' : '', share === undefined ? '' : 'cell-heat'].join(' ').trim()} title={cell} {...(share === undefined ? {} : { style: { '--share': share.toFixed(3) } })}>
                      {short(cell)}
                      {differs && <span class="sr-only"> (differs)</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted data-note">
        {plural(table.rows.length, 'row')}
        {rows.length > mostRows && `, the first ${mostRows} shown`}
        {table.columns.length > mostColumns && `, ${mostColumns} of ${table.columns.length} columns shown`}
        {base !== undefined && (count === 0 && table.rows.length === base.rows.length ? ', as in the first run' : `, ${plural(count, 'cell differs', 'cells differ')} from the first run`)}
      </p>
    </div>
  );
}

/** How much of its row a cell of a confusion matrix has. */
function shareOf({ counts, labelled }: NonNullable<ReturnType<typeof confusionOf>>, row: number, column: number): number | undefined {
  const own = counts[row] ?? [];
  const value = own[column - (labelled ? 1 : 0)];
  const total = own.reduce((sum, count) => sum + count, 0);
  return value === undefined ? undefined : total === 0 ? 0 : value / total;
}

function isNumber(cell: string): boolean {
  return cell.trim() !== '' && Number.isFinite(Number(cell));
}

const longest = 60;

function short(cell: string): string {
  if (isNumber(cell)) {
    return formatNumber(Number(cell), 5);
  }
  return cell.length > longest ? `${cell.slice(0, longest)}…` : cell;
}
