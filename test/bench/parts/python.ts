import { ensurePython } from '../../setup/python.ts';

let prepared: string | undefined;

/** The Python of the tests, with mlflow and scikit-learn. */
export async function preparePython(): Promise<string> {
  prepared ??= await ensurePython('tests');
  return prepared;
}

/** The interpreter if a benchmark has asked for it. */
export function preparedPython(): string | undefined {
  return prepared;
}
