import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';

/** Input columns of the sample model; the numeric ones may be missing. */
export interface Customer {
  readonly age: number | null;
  readonly tenure_months: number | null;
  readonly monthly_charges: number | null;
  readonly support_calls: number | null;
  readonly contract: string;
  readonly payment_method: string;
  readonly internet: string;
}

function number(text: string | undefined): number | null {
  return text === undefined || text === '' ? null : Number(text);
}

/** The customers of the sample's data file, in its order, and whether each has left. */
export function readCustomers(file: string): Map<Customer, number> {
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  return new Map(rows.map((row) => [customerOf(row), Number(row['churned'])]));
}

function customerOf(row: Readonly<Record<string, string>>): Customer {
  return {
    age: number(row['age']),
    tenure_months: number(row['tenure_months']),
    monthly_charges: number(row['monthly_charges']),
    support_calls: number(row['support_calls']),
    contract: row['contract'] ?? '',
    payment_method: row['payment_method'] ?? '',
    internet: row['internet'] ?? '',
  };
}
