import type { Database } from '../../../platform/database/database.ts';
import { parseExperimentId, type ExperimentRow } from '../experiments.ts';
import { parseFilter, parseOrders, type Operator, type Subject, type Value } from './grammar.ts';
import { attributeOrTag, checkComparator, compareEntry, compareInteger, compareText, compileClause, entryOperators, names, refuseNullOfAttribute, type Names, type Sql } from './sql.ts';
import { createQueries } from './statements.ts';
import type { View } from './runSearch.ts';
import { invalidFilter } from './tokens.ts';

export interface ExperimentQuery {
  readonly filter?: string | undefined;
  readonly view?: View;
  readonly orderBy?: readonly string[];
  readonly offset?: number;
  readonly limit: number;
}

const numbers = names({ creation_time: 'experiments.created_at', last_update_time: 'experiments.updated_at' });
const orderable: Names = new Map([...numbers, ['name', 'experiments.name'], ['experiment_id', 'experiments.id']]);

const idOperators: ReadonlySet<Operator> = new Set<Operator>(['=', '!=', 'IN', 'NOT IN']);

/** Ids are texts in a filter and integers all the same. */
function compareId(operator: Operator, value: Value): Sql {
  checkComparator(operator, idOperators, 'experiment_id');
  const comparison = compareText('CAST(experiments.id AS TEXT)', operator, value, 'attributes');
  (value.kind === 'list' ? value.items.map(String) : value.kind === 'text' ? [value.text] : []).forEach(parseExperimentId);
  return comparison;
}

function compare(subject: Subject, operator: Operator, value: Value): Sql {
  const { key } = subject;
  if (attributeOrTag(subject, 'experiments') === 'tag') {
    checkComparator(operator, entryOperators, 'tag');
    return compareEntry('EXISTS (SELECT 1 FROM experiment_tags WHERE experiment = experiments.id AND key = ?', key, operator, value, 'tag');
  }
  const number = numbers.get(key);
  if (number === undefined && orderable.get(key) === undefined) {
    throw invalidFilter(`Invalid attribute key '${key}' specified. Valid keys are '${[...orderable.keys()].join(', ')}'`);
  }
  refuseNullOfAttribute(operator, key);
  if (number !== undefined) {
    return compareInteger(number, operator, value, key);
  }
  return key === 'name' ? compareText('experiments.name', operator, value, 'attributes') : compareId(operator, value);
}

/** Finds experiments by a filter, in an order; a page at a time. */
export function createExperimentSearch(database: Database): (query: ExperimentQuery) => ExperimentRow[] {
  const select = createQueries(database);
  return ({ filter, view = 'ACTIVE_ONLY', orderBy = [], offset = 0, limit }) => {
    const clause = parseFilter(filter);
    const condition: Sql = clause === undefined ? { text: 'TRUE', parameters: [] } : compileClause(clause, compare);
    const stage = view === 'ALL' ? 'TRUE' : `stage = '${view === 'ACTIVE_ONLY' ? 'active' : 'deleted'}'`;
    const terms = parseOrders(orderBy).map(({ subject, ascending }) => {
      if (attributeOrTag(subject, 'experiments') !== 'attribute') {
        throw invalidFilter(`Invalid order_by entity: ${subject.entity ?? ''}`);
      }
      const column = orderable.get(subject.key);
      if (column === undefined) {
        throw invalidFilter(`Invalid attribute key '${subject.key}' specified. Valid keys are '${[...orderable.keys()].join(', ')}'`);
      }
      return `${column} ${ascending ? 'ASC' : 'DESC'}`;
    });
    const order = terms.length === 0 ? ['experiments.created_at DESC', 'experiments.id ASC'] : [...terms, 'experiments.id DESC'];
    return select<ExperimentRow>({
      text: `SELECT id, name, artifact_location, stage, created_at, updated_at FROM experiments WHERE ${stage} AND ${condition.text}
        ORDER BY ${order.join(', ')} LIMIT ? OFFSET ?`,
      parameters: [...condition.parameters, limit, offset],
    });
  };
}
