import { createHash } from 'node:crypto';
import type { ComparedColumn, DescribedBaseline } from '../../contract/baselines.ts';
import type { Database } from '../../platform/database/database.ts';
import { Problem } from '../../platform/errors.ts';
import type { BaselineOwner, ChooseBaselineInput, CompareBaselinesInput, TakeBaselineInput } from '../windows/ingestMessages.ts';
import type { WindowTable } from '../windows/windowTable.ts';
import { createBaselineTable, type KeptBaseline } from './baselineTable.ts';
import { compareBaselines } from './compareBaselines.ts';
import { takeFrom } from './takeFrom.ts';

export interface ComparedBaselines {
  readonly one: DescribedBaseline;
  readonly other: DescribedBaseline;
  readonly columns: ComparedColumn[];
}

/** The baselines of a model's versions: what there is, and which one is compared with. */
export interface Baselines {
  list(owner: BaselineOwner): DescribedBaseline[];
  take(input: TakeBaselineInput): Promise<DescribedBaseline>;
  choose(input: ChooseBaselineInput): DescribedBaseline;
  compare(input: CompareBaselinesInput): ComparedBaselines;
}

/** @param chosen called when another one is compared with from now on */
export function createBaselines(database: Database, windows: WindowTable, chosen: () => void): Baselines {
  const table = createBaselineTable(database);
  const find = (model: string, id: string): KeptBaseline & { readonly described: DescribedBaseline } => {
    const found = table.read(model, id);
    if (found === undefined) {
      throw new Problem('not-found', `There is no baseline ${id}.`, { field: 'id', remedy: 'List them with "slipway baseline MODEL:VERSION".' });
    }
    return found;
  };
  return {
    list: ({ modelDigest }) => table.list(modelDigest),
    async take({ modelDigest, signature, from, choose }) {
      const { baseline, origin, rows } = await takeFrom(from, signature, windows);
      // The same choice again takes the place of the one before.
      const id = createHash('sha256').update(JSON.stringify(origin)).digest('hex');
      const described = table.putTaken(modelDigest, { id, origin, rows, choose }, baseline);
      chosen();
      return described;
    },
    choose({ modelDigest, id }) {
      if (table.choose(modelDigest, id)) {
        chosen();
      }
      return find(modelDigest, id).described;
    },
    compare({ modelDigest, id, with: other }) {
      const inForce = other ?? table.list(modelDigest).find(({ isChosen }) => isChosen)?.id;
      if (inForce === undefined) {
        throw new Problem('not-found', 'No baseline is compared with.', { field: 'with', remedy: 'Name the other one.' });
      }
      const [one, second] = [find(modelDigest, inForce), find(modelDigest, id)];
      return { one: one.described, other: second.described, columns: compareBaselines(one.baseline, second.baseline) };
    },
  };
}
