import { Problem } from '../../../platform/errors.ts';
import type { Database } from '../../../platform/database/database.ts';
import { loggedModelColumns, type LoggedModelRow } from '../loggedModels.ts';
import { pythonText } from '../../../platform/names.ts';
import { checkOrders, parseFilter, type Clause, type Operator, type Subject, type Value } from './grammar.ts';
import { compareEntry, compareNumber, compareText, compileClause, entryOperators, names, numberOperators, textOperators, type Sql } from './sql.ts';
import { createQueries } from './statements.ts';
import { invalidFilter } from './tokens.ts';

/** Datasets by name, by digest or by both. */
export interface DatasetChoice {
  readonly name?: string | undefined;
  readonly digest?: string | undefined;
}

export interface ModelOrder {
  readonly field: string;
  readonly ascending: boolean;
  readonly dataset?: DatasetChoice | undefined;
}

export interface LoggedModelQuery {
  readonly experiments: readonly number[];
  readonly filter?: string | undefined;
  /** Metrics count only where they were measured on one of these. */
  readonly datasets?: readonly DatasetChoice[];
  readonly orderBy?: readonly ModelOrder[];
  readonly offset?: number;
  readonly limit: number;
}

const numbers = names({
  creation_timestamp: 'created_at',
  creation_time: 'created_at',
  last_updated_timestamp: 'updated_at',
  last_updated_time: 'updated_at',
});
const texts = names({
  name: 'name',
  model_id: 'model_id',
  model_type: "coalesce(model_type, '')",
  status: 'status',
  source_run_id: "coalesce(source_run_id, '')",
});

function onDatasets(datasets: readonly DatasetChoice[]): Sql {
  const column = (name: string, value: string | undefined): Sql => (value === undefined ? { text: 'TRUE', parameters: [] } : { text: `${name} = ?`, parameters: [value] });
  const choices = datasets.map(({ name, digest }) => [column('dataset_name', name), column('dataset_digest', digest)]);
  return {
    text: `(${choices.map((parts) => `(${parts.map(({ text }) => text).join(' AND ')})`).join(' OR ')})`,
    parameters: choices.flat().flatMap(({ parameters }) => parameters),
  };
}

function mentionsMetric(clause: Clause | undefined): boolean {
  if (clause === undefined) {
    return false;
  }
  return clause.kind === 'comparison' ? clause.subject.entity === 'metrics' : clause.clauses.some(mentionsMetric);
}

/** @throws Problem in the words that MLflow has for searches of LoggedModels */
function checkOperator(subject: string, operator: Operator, allowed: ReadonlySet<Operator>): void {
  if (!allowed.has(operator)) {
    throw invalidFilter(`Invalid comparison operator for ${subject}: '${operator}'. Expected one of (${[...allowed].map((each) => `'${each}'`).join(', ')}).`);
  }
}

function parseModelFilter(filter: string | undefined): Clause | undefined {
  try {
    return parseFilter(filter);
  } catch (error) {
    throw Problem.is(error, 'invalid-input') ? invalidFilter(`Invalid filter string: ${pythonText(filter ?? '')}. ${error.message}`) : error;
  }
}

/** Finds LoggedModels by a filter, in an order; a page at a time. */
export function createLoggedModelSearch(database: Database): (query: LoggedModelQuery) => LoggedModelRow[] {
  const select = createQueries(database);

  const compare =
    (datasets: readonly DatasetChoice[]) =>
    ({ entity = 'attributes', key }: Subject, operator: Operator, value: Value): Sql => {
      switch (entity) {
        case 'metrics': {
          checkOperator(`metrics.${key}`, operator, numberOperators);
          const comparison = compareNumber('value', operator, value, 'metric');
          const choice: Sql = datasets.length === 0 ? { text: 'TRUE', parameters: [] } : onDatasets(datasets);
          return {
            text: `EXISTS (SELECT 1 FROM logged_model_metrics WHERE model = logged_models.id AND key = ? AND nan = 0 AND ${comparison.text} AND ${choice.text})`,
            parameters: [key, ...comparison.parameters, ...choice.parameters],
          };
        }
        case 'params':
          checkOperator(`params.${key}`, operator, entryOperators);
          // A number need not be in quotes here.
          return compareEntry(
            'EXISTS (SELECT 1 FROM logged_model_params WHERE model = logged_models.id AND key = ?',
            key,
            operator,
            value.kind === 'number' ? { kind: 'text', text: value.text } : value,
            'parameter',
          );
        case 'tags':
          checkOperator(`tags.${key}`, operator, entryOperators);
          return compareEntry('EXISTS (SELECT 1 FROM logged_model_tags WHERE model = logged_models.id AND key = ?', key, operator, value, 'tag');
        case 'attributes': {
          const number = numbers.get(key);
          checkOperator(`attributes.${key}`, operator, number === undefined ? textOperators : numberOperators);
          if (number !== undefined) {
            return compareNumber(number, operator, value, `numeric attribute: ${key}`);
          }
          const text = texts.get(key);
          if (text === undefined) {
            throw invalidFilter(`Invalid attribute key '${key}' specified. Valid keys are '${[...texts.keys(), ...numbers.keys()].join(', ')}'`);
          }
          return compareText(text, operator, value, 'attributes');
        }
        default:
          throw invalidFilter(`Invalid entity type: '${entity}'. Expected one of ['attributes', 'metrics', 'params', 'tags'].`);
      }
    };

  const term = ({ field, ascending, dataset }: ModelOrder): Sql => {
    const direction = ascending ? 'ASC' : 'DESC';
    const dot = field.indexOf('.');
    if (dot === -1) {
      const column = numbers.get(field) ?? texts.get(field);
      if (column === undefined) {
        throw new Problem('invalid-input', `Invalid order by field name: ${field}`, { field: 'order_by' });
      }
      return { text: `${column} IS NULL, ${column} ${direction}`, parameters: [] };
    }
    if (field.slice(0, dot) !== 'metrics') {
      throw new Problem('invalid-input', `Invalid order by field name: ${field}. Only metrics are supported.`, { field: 'order_by' });
    }
    const choice: Sql = dataset === undefined ? { text: 'TRUE', parameters: [] } : onDatasets([dataset]);
    const latest = `(SELECT value FROM logged_model_metrics WHERE model = logged_models.id AND key = ? AND ${choice.text} ORDER BY at DESC, step DESC, run_id LIMIT 1)`;
    const parameters = [field.slice(dot + 1), ...choice.parameters];
    return { text: `${latest} IS NULL, ${latest} ${direction}`, parameters: [...parameters, ...parameters] };
  };

  return ({ experiments, filter, datasets = [], orderBy = [], offset = 0, limit }) => {
    checkOrders(orderBy);
    const clause = parseModelFilter(filter);
    const conditions: Sql[] = [{ text: 'experiment IN (SELECT value FROM json_each(?))', parameters: [JSON.stringify(experiments)] }];
    if (clause !== undefined) {
      conditions.push(compileClause(clause, compare(datasets)));
    }
    if (datasets.length > 0 && !mentionsMetric(clause)) {
      const choice = onDatasets(datasets);
      conditions.push({ text: `EXISTS (SELECT 1 FROM logged_model_metrics WHERE model = logged_models.id AND ${choice.text})`, parameters: choice.parameters });
    }
    const terms = orderBy.map(term);
    return select<LoggedModelRow>({
      text: `SELECT ${loggedModelColumns} FROM logged_models WHERE stage = 'active' AND ${conditions.map(({ text }) => text).join(' AND ')}
        ORDER BY ${[...terms.map(({ text }) => text), 'created_at DESC', 'model_id'].join(', ')} LIMIT ? OFFSET ?`,
      parameters: [...conditions.flatMap(({ parameters }) => parameters), ...terms.flatMap(({ parameters }) => parameters), limit, offset],
    });
  };
}
