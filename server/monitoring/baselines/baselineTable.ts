import { z } from 'zod';
import { baselineOriginOrUnknown, type BaselineOrigin, type DescribedBaseline } from '../../contract/baselines.ts';
import type { Database } from '../../platform/database/database.ts';
import { baselineSample, baselineSource, type Baseline } from '../baseline.ts';
import { readColumn, storeColumn, type Column } from '../columns/column.ts';

/** The id of the rows that were given with the model. */
export const givenKey = 'given';
const shortId = 12;

/** A baseline with what it is; an input example is described as none. */
export interface KeptBaseline {
  readonly baseline: Baseline;
  readonly described: DescribedBaseline | undefined;
}

/** A baseline that somebody took. */
export interface TakenAs {
  readonly id: string;
  readonly origin: BaselineOrigin;
  readonly rows: number | null;
  readonly choose: boolean;
}

/** Baselines by the digest of the model that they belong to. */
export interface BaselineTable {
  /** The one that was chosen last. */
  chosen(model: string): KeptBaseline | undefined;
  /** The one that was found by the data of a release. */
  found(model: string, data: string): KeptBaseline | undefined;
  putFound(model: string, data: string, baseline: Baseline, rows: number | null): KeptBaseline;
  putTaken(model: string, taken: TakenAs, baseline: Baseline): DescribedBaseline;
  /** The latest first; what is compared with is marked. */
  list(model: string): DescribedBaseline[];
  /** By its id, as the list has it. */
  read(model: string, id: string): (KeptBaseline & { readonly described: DescribedBaseline }) | undefined;
  /** False where there is none of that id. */
  choose(model: string, id: string): boolean;
}

interface Row {
  readonly data: string;
  readonly source: string;
  readonly columns: string;
  readonly createdAt: number;
  readonly origin: string | null;
  readonly rows: number | null;
  readonly chosenAt: number | null;
}

/** Statistics, and what was drawn from numeric columns as base64; those that were taken before have the former alone. */
const storedColumn = z.union([z.string().transform((statistics): { statistics: string; sample?: string } => ({ statistics })), z.object({ statistics: z.string(), sample: z.string().optional() })]);
const storedColumns = z.object({ features: z.record(z.string(), storedColumn), prediction: storedColumn.optional() });

export function createBaselineTable(database: Database): BaselineTable {
  const select = 'SELECT data, source, columns, created_at AS createdAt, origin, rows, chosen_at AS chosenAt FROM monitoring_baselines WHERE model = @model';
  const latestChosen = database.prepare<{ model: string }, Row>(`${select} AND chosen_at IS NOT NULL ORDER BY chosen_at DESC LIMIT 1`);
  const byData = database.prepare<{ model: string; data: string }, Row>(`${select} AND data = @data`);
  const all = database.prepare<{ model: string }, Row>(`${select} AND source = 'training-data' ORDER BY created_at DESC`);
  const put = database.prepare<Omit<Row, 'chosenAt'> & { model: string; chosenAt: number | null }>(
    `INSERT OR REPLACE INTO monitoring_baselines (model, data, source, columns, created_at, origin, rows, chosen_at)
     VALUES (@model, @data, @source, @columns, @createdAt, @origin, @rows, @chosenAt)`,
  );
  const setChosen = database.prepare<{ model: string; data: string; at: number }>('UPDATE monitoring_baselines SET chosen_at = @at WHERE model = @model AND data = @data');
  /** Two choices of one millisecond have an order, too. */
  const nextChoice = (model: string): number => Math.max(Date.now(), (latestChosen.get({ model })?.chosenAt ?? 0) + 1);

  const list = (model: string): (Row & { readonly described: DescribedBaseline })[] => {
    const rows = all.all({ model });
    const inForce = latestChosen.get({ model })?.data ?? rows.find(({ origin }) => origin === null)?.data;
    return rows.map((row) => ({ ...row, described: describe(row, row.data === inForce) }));
  };
  const keptOf = (row: Row | undefined): KeptBaseline | undefined => (row === undefined ? undefined : { baseline: readBaseline(row), described: row.source === 'training-data' ? describe(row, true) : undefined });
  const find = (model: string, id: string): (Row & { readonly described: DescribedBaseline }) | undefined => list(model).find(({ described }) => described.id === id);

  return {
    chosen: (model) => keptOf(latestChosen.get({ model })),
    found: (model, data) => keptOf(byData.get({ model, data })),
    putFound(model, data, baseline, rows) {
      const row: Row = { data, source: baseline.source, columns: storeColumns(baseline), createdAt: Date.now(), origin: null, rows, chosenAt: null };
      put.run({ model, ...row });
      return { baseline, described: baseline.source === 'training-data' ? describe(row, true) : undefined };
    },
    putTaken(model, { id, origin, rows, choose }, baseline) {
      const before = byData.get({ model, data: id })?.chosenAt ?? null;
      put.run({ model, data: id, source: baseline.source, columns: storeColumns(baseline), createdAt: Date.now(), origin: JSON.stringify(origin), rows, chosenAt: choose ? nextChoice(model) : before });
      const kept = find(model, id.slice(0, shortId));
      if (kept === undefined) {
        throw new Error(`baseline ${id} was not kept`);
      }
      return kept.described;
    },
    list: (model) => list(model).map(({ described }) => described),
    read(model, id) {
      const row = find(model, id);
      return row === undefined ? undefined : { baseline: readBaseline(row), described: row.described };
    },
    choose(model, id) {
      const row = find(model, id);
      if (row !== undefined) {
        setChosen.run({ model, data: row.data, at: nextChoice(model) });
      }
      return row !== undefined;
    },
  };
}

function describe({ data, columns, createdAt, origin, rows }: Row, isChosen: boolean): DescribedBaseline {
  const known = origin === null ? { kind: 'training-files' as const } : baselineOriginOrUnknown.parse(JSON.parse(origin));
  return { id: data.slice(0, shortId), origin: known, rows, columns: Object.keys(storedColumns.parse(JSON.parse(columns)).features).length, takenAt: createdAt, isChosen };
}

function storeColumns({ features, prediction }: Baseline): string {
  const store = (column: Column): z.infer<typeof storedColumn> => {
    const { statistics, sample } = storeColumn(column);
    return { statistics, ...(sample === null ? {} : { sample: Buffer.from(sample).toString('base64') }) };
  };
  const stored: z.infer<typeof storedColumns> = {
    features: Object.fromEntries([...features].map(([name, column]) => [name, store(column)])),
    ...(prediction === undefined ? {} : { prediction: store(prediction) }),
  };
  return JSON.stringify(stored);
}

function readBaseline(row: Pick<Row, 'source' | 'columns'>): Baseline {
  const { features, prediction } = storedColumns.parse(JSON.parse(row.columns));
  const read = ({ statistics, sample }: z.infer<typeof storedColumn>): Column =>
    readColumn({ statistics, sample: sample === undefined ? null : Buffer.from(sample, 'base64') }, baselineSample);
  return {
    source: baselineSource.parse(row.source),
    features: new Map(Object.entries(features).map(([name, text]) => [name, read(text)])),
    prediction: prediction === undefined ? undefined : read(prediction),
  };
}
