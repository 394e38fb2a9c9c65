import { stat } from 'node:fs/promises';
import type { BaselineOrigin, BaselineTaken } from '../../contract/baselines.ts';
import type { Signature } from '../../contract/registry.ts';
import { Problem } from '../../platform/errors.ts';
import { profileRows, type Baseline } from '../baseline.ts';
import { inputColumns } from '../columns/columnSpec.ts';
import type { WindowTable } from '../windows/windowTable.ts';
import { baselineFromSageMaker } from './fromSageMaker.ts';
import { baselineFromTraffic } from './fromTraffic.ts';

export interface Taken {
  readonly baseline: Baseline;
  readonly origin: BaselineOrigin;
  readonly rows: number;
}

/**
 * The statistics of what somebody chose as a baseline.
 * @throws Problem `invalid-input` naming the field where it cannot be read, has no rows, or lacks inputs of the model
 */
export async function takeFrom(from: BaselineTaken, signature: Signature, windows: Pick<WindowTable, 'traffic' | 'columns'>): Promise<Taken> {
  const taken = await read(from, signature, windows);
  const lacking = inputColumns(signature).map(({ name }) => name).filter((name) => !taken.baseline.features.has(name));
  if (lacking.length > 0) {
    throw lackingProblem(lacking);
  }
  if (taken.rows === 0) {
    throw new Problem('invalid-input', 'There are no rows.', { field: 'from', remedy: 'Choose what has rows like those that the model is asked for.' });
  }
  return taken;
}

async function read(from: BaselineTaken, signature: Signature, windows: Pick<WindowTable, 'traffic' | 'columns'>): Promise<Taken> {
  switch (from.kind) {
    case 'data-file': {
      await requireFile(from.path, 'from.path');
      const profiled = await profileRows(from.path, signature).catch((cause: unknown) => {
        throw new Problem('invalid-input', `${from.path} cannot be read as CSV.`, { field: 'from.path', remedy: 'Name a CSV file with a line of names.', cause });
      });
      if ('lacking' in profiled) {
        throw lackingProblem(profiled.lacking);
      }
      return { ...profiled, origin: { kind: 'data-file', path: from.path } };
    }
    case 'live-traffic': {
      const { baseline, rows } = baselineFromTraffic(from, signature, windows);
      return { baseline, rows, origin: from };
    }
    case 'sagemaker': {
      await requireFile(from.statistics, 'from.statistics');
      if (from.constraints !== undefined) {
        await requireFile(from.constraints, 'from.constraints');
      }
      const { baseline, rows } = await baselineFromSageMaker(from, signature);
      return { baseline, rows, origin: { kind: 'sagemaker', path: from.statistics } };
    }
  }
}

function lackingProblem([first = '', ...others]: readonly string[]): Problem {
  return new Problem('invalid-input', `It has no column ${first}${others.length === 0 ? '' : `, nor ${others.length} more inputs`} of the model.`, {
    field: 'from',
    remedy: 'Choose what has the columns that the model was trained on.',
  });
}

async function requireFile(file: string, field: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new Problem('invalid-input', `There is no file ${file}.`, { field, remedy: 'Give the whole path of a file of the machine that the companion runs on.' });
  }
}
