import type { Database } from '../../../platform/database/database.ts';
import type { Metrics } from '../metrics.ts';
import { runColumns, type RunRow } from '../runs.ts';
import { parseFilter, parseOrders, type Operator, type Order, type Subject, type Value } from './grammar.ts';
import { compareEntry, compareNumber, compareText, compileClause, names, type Sql } from './sql.ts';
import { createQueries } from './statements.ts';
import { invalidFilter } from './tokens.ts';

export type View = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';

export interface RunQuery {
  /** Undefined for all experiments. */
  readonly experiments: readonly number[] | undefined;
  readonly filter?: string | undefined;
  readonly view?: View;
  readonly orderBy?: readonly string[];
  readonly offset?: number;
  readonly limit: number;
}

type Entity = 'metric' | 'parameter' | 'tag' | 'attribute' | 'dataset';

const entities = names<Entity>({
  metric: 'metric',
  metrics: 'metric',
  parameter: 'parameter',
  parameters: 'parameter',
  param: 'parameter',
  params: 'parameter',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
});

const aliases = names({ created: 'start_time', Created: 'start_time', 'run name': 'run_name', 'Run name': 'run_name', 'Run Name': 'run_name' });

const textColumns = names({
  run_id: 'runs.run_id',
  run_name: 'runs.name',
  user_id: 'runs.user_id',
  status: 'runs.status',
  artifact_uri: 'runs.artifact_uri',
});
const numberColumns = names({ start_time: 'runs.started_at', end_time: 'runs.ended_at' });

function entityOf({ entity }: Subject): Entity {
  if (entity === undefined) {
    return 'attribute';
  }
  const known = entities.get(entity);
  if (known === undefined) {
    throw invalidFilter(`Invalid entity type '${entity}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`);
  }
  return known;
}

/** The column of an attribute. @throws Problem for a key that is none */
function columnOf(key: string): string {
  const name = aliases.get(key) ?? key;
  const column = textColumns.get(name) ?? numberColumns.get(name);
  if (column === undefined) {
    throw invalidFilter(`Invalid attribute key '${key}' specified. Valid keys are '${[...textColumns.keys(), ...numberColumns.keys()].join(', ')}'`);
  }
  return column;
}

function compareDataset(key: string, operator: Operator, value: Value): Sql {
  const from = 'EXISTS (SELECT 1 FROM run_datasets AS input';
  if (key === 'context') {
    const { text, parameters } = compareText('tag.value', operator, value, 'dataset attributes');
    return {
      text: `${from} JOIN run_dataset_tags AS tag ON tag.input = input.id AND tag.key = 'mlflow.data.context' WHERE input.run = runs.id AND ${text})`,
      parameters,
    };
  }
  if (key !== 'name' && key !== 'digest') {
    throw invalidFilter(`Invalid dataset key '${key}' specified. Valid keys are 'name, digest, context'`);
  }
  const { text, parameters } = compareText(`datasets.${key}`, operator, value, 'dataset attributes');
  return { text: `${from} JOIN datasets ON datasets.id = input.dataset WHERE input.run = runs.id AND ${text})`, parameters };
}

/** Finds runs by a filter, in an order; a page at a time. */
export function createRunSearch(database: Database, metrics: Metrics): (query: RunQuery) => RunRow[] {
  const select = createQueries(database);

  const compare = (subject: Subject, operator: Operator, value: Value): Sql => {
    const { key } = subject;
    const entity = entityOf(subject);
    const column = entity === 'attribute' ? columnOf(key) : '';
    if ((operator === 'IS NULL' || operator === 'IS NOT NULL') && entity !== 'tag' && entity !== 'parameter') {
      throw invalidFilter(`IS NULL / IS NOT NULL is only supported for tags and params, not for '${entity}' '${key}'`);
    }
    switch (entity) {
      case 'metric': {
        const { text, parameters } = compareNumber('value', operator, value, 'metric');
        // A value that is not a number differs from every number and is in no other relation to it.
        const condition = operator === '!=' || operator === 'NOT IN' ? `(nan = 1 OR ${text})` : `nan = 0 AND ${text}`;
        return { text: `EXISTS (SELECT 1 FROM latest_metrics WHERE run = runs.id AND key = ? AND ${condition})`, parameters: [metrics.keyId(key) ?? -1, ...parameters] };
      }
      case 'parameter':
        return compareEntry('EXISTS (SELECT 1 FROM run_params WHERE run = runs.id AND key = ?', key, operator, value, 'parameter');
      case 'tag':
        return compareEntry('EXISTS (SELECT 1 FROM run_tags WHERE run = runs.id AND key = ?', key, operator, value, 'tag');
      case 'dataset':
        return compareDataset(key, operator, value);
      case 'attribute': {
        const name = aliases.get(key) ?? key;
        return numberColumns.has(name) ? compareNumber(column, operator, value, `numeric attribute: ${name}`) : compareText(column, operator, value, 'attributes');
      }
    }
  };

  /** Joins and terms that put runs in order; ties end with the newest and then the smallest id. */
  const order = (orders: readonly Order[]): { joins: Sql[]; terms: string[] } => {
    const joins: Sql[] = [];
    const terms: string[] = [];
    const seen = new Set<string>();
    for (const [index, { subject, ascending }] of orders.entries()) {
      const entity = entityOf(subject);
      const name = aliases.get(subject.key) ?? subject.key;
      const direction = ascending ? 'ASC' : 'DESC';
      if (seen.has(`${entity}.${name}`)) {
        throw invalidFilter(`\`order_by\` contains duplicate fields: ${subject.key}`);
      }
      seen.add(`${entity}.${name}`);
      const table = `sort${index}`;
      if (entity === 'dataset') {
        throw invalidFilter(`Invalid identifier type 'dataset'`);
      } else if (entity === 'metric') {
        joins.push({ text: `LEFT JOIN latest_metrics AS ${table} ON ${table}.run = runs.id AND ${table}.key = ?`, parameters: [metrics.keyId(name) ?? -1] });
        terms.push(`coalesce(${table}.nan, 2)`, `${table}.value ${direction}`);
      } else if (entity === 'attribute') {
        const column = columnOf(subject.key);
        terms.push(`${column} IS NULL`, `${column} ${direction}`);
      } else {
        const source = entity === 'tag' ? 'run_tags' : 'run_params';
        joins.push({ text: `LEFT JOIN ${source} AS ${table} ON ${table}.run = runs.id AND ${table}.key = ?`, parameters: [name] });
        terms.push(`${table}.value IS NULL`, `${table}.value ${direction}`);
      }
    }
    if (!seen.has('attribute.start_time')) {
      terms.push('runs.started_at DESC');
    }
    terms.push('runs.run_id');
    return { joins, terms };
  };

  return ({ experiments, filter, view = 'ACTIVE_ONLY', orderBy = [], offset = 0, limit }) => {
    const clause = parseFilter(filter);
    const condition: Sql = clause === undefined ? { text: 'TRUE', parameters: [] } : compileClause(clause, compare);
    const orders = parseOrders(orderBy);
    const { joins, terms } = order(orders);
    if (experiments?.length === 0) {
      return [];
    }
    const single = experiments?.length === 1 ? experiments[0] : undefined;
    const where: Sql =
      experiments === undefined
        ? { text: 'TRUE', parameters: [] }
        : single === undefined
          ? { text: 'runs.experiment IN (SELECT value FROM json_each(?))', parameters: [JSON.stringify(experiments)] }
          : { text: 'runs.experiment = ?', parameters: [single] };
    const stage = view === 'ALL' ? 'TRUE' : `runs.stage = '${view === 'ACTIVE_ONLY' ? 'active' : 'deleted'}'`;
    const columns = runColumns.replaceAll(/\w+/g, 'runs.$&');

    const [first] = orders;
    if (single !== undefined && clause === undefined && first !== undefined && entityOf(first.subject) === 'metric') {
      // Runs with a number come first whatever the direction, and the index gives them in order: a page often needs no others.
      const direction = first.ascending ? 'ASC' : 'DESC';
      const found = select<RunRow>({
        text: `SELECT ${columns} FROM latest_metrics AS sort0 CROSS JOIN runs ON runs.id = sort0.run ${joins
          .slice(1)
          .map(({ text }) => text)
          .join(' ')}
          WHERE sort0.experiment = ? AND sort0.key = ? AND sort0.nan = 0 AND ${stage} AND ${condition.text}
          ORDER BY sort0.value ${direction}, ${terms.slice(2).join(', ')} LIMIT ? OFFSET ?`,
        parameters: [...joins.slice(1).flatMap(({ parameters }) => parameters), single, metrics.keyId(first.subject.key) ?? -1, ...condition.parameters, limit, offset],
      });
      if (found.length === limit) {
        return found;
      }
    }
    return select<RunRow>({
      text: `SELECT ${columns} FROM runs ${joins.map(({ text }) => text).join(' ')}
        WHERE ${where.text} AND ${stage} AND ${condition.text} ORDER BY ${terms.join(', ')} LIMIT ? OFFSET ?`,
      parameters: [...joins.flatMap(({ parameters }) => parameters), ...where.parameters, ...condition.parameters, limit, offset],
    });
  };
}
