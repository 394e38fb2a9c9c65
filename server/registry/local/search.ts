import type { Database } from '../../platform/database/database.ts';
import { parseFilter, parseOrders, type Clause, type Operator, type Subject, type Value } from '../../tracking/local/search/grammar.ts';
import { attributeOrTag, checkComparator, compareEntry, compareInteger, compareText, compileClause, entryOperators, names, numberOperators, refuseNullOfAttribute, textOperators, type Names, type Sql } from '../../tracking/local/search/sql.ts';
import { createQueries } from '../../tracking/local/search/statements.ts';
import { invalidFilter } from '../../tracking/local/search/tokens.ts';
import { promptTag } from '../../contract/prompts.ts';
import { fromModelVersions, modelVersionColumns, type ModelVersionRow } from './modelVersions.ts';
import { registeredModelColumns, type RegisteredModelRow } from './registeredModels.ts';

export interface RegistryQuery {
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[];
  readonly offset?: number;
  readonly limit: number;
}

function isPromptTag(subject: Subject): boolean {
  return attributeOrTag(subject, 'registry') === 'tag' && subject.key === promptTag;
}

/** Whether a filter asks for prompts; otherwise a search finds models alone. */
function asksForPrompts(clause: Clause | undefined): boolean {
  if (clause === undefined) {
    return false;
  }
  if (clause.kind !== 'comparison') {
    return clause.clauses.some(asksForPrompts);
  }
  const { subject, operator, value } = clause;
  const text = value.kind === 'text' ? value.text.toLowerCase() : '';
  return isPromptTag(subject) && ((operator === '=' && text === 'true') || (operator === '!=' && text === 'false'));
}

interface Searched {
  /** Columns of a comparison, by attribute. */
  readonly texts: Names;
  readonly numbers: Names;
  readonly orders: Names;
  /** What MLflow calls a key of an order in its errors. */
  readonly orderKey: string;
  /** Whether an order may begin with `attribute.`. */
  readonly ordersByEntity: boolean;
  readonly tagExists: string;
}

const searchedModels: Searched = {
  texts: names({ name: 'registered_models.name' }),
  numbers: new Map(),
  orders: names({
    name: 'registered_models.name',
    timestamp: 'registered_models.updated_at',
    last_updated_timestamp: 'registered_models.updated_at',
  }),
  orderKey: 'order by key',
  ordersByEntity: false,
  tagExists: 'EXISTS (SELECT 1 FROM registered_model_tags WHERE model = registered_models.id AND key = ?',
};

const searchedVersions: Searched = {
  texts: names({ name: 'registered_models.name', run_id: "coalesce(model_versions.run_id, '')", source_path: 'model_versions.source' }),
  numbers: names({ version_number: 'model_versions.version', version: 'model_versions.version' }),
  orders: names({
    name: 'registered_models.name',
    version_number: 'model_versions.version',
    creation_timestamp: 'model_versions.created_at',
    last_updated_timestamp: 'model_versions.updated_at',
  }),
  orderKey: 'attribute key',
  ordersByEntity: true,
  tagExists: 'EXISTS (SELECT 1 FROM model_version_tags WHERE model = model_versions.model AND version = model_versions.version AND key = ?',
};

function compileFilter(filter: string | undefined, { texts, numbers, tagExists }: Searched): Sql {
  const clause = parseFilter(filter);
  const prompts = asksForPrompts(clause);
  const compare = (subject: Subject, operator: Operator, value: Value): Sql => {
    if (attributeOrTag(subject, 'registry') === 'tag') {
      checkComparator(operator, entryOperators, 'tag');
      // What says "models only" is true of every model that is left once prompts are out.
      return isPromptTag(subject) && !prompts ? { text: 'TRUE', parameters: [] } : compareEntry(tagExists, subject.key, operator, value, 'tag');
    }
    const column = numbers.get(subject.key) ?? texts.get(subject.key);
    if (column === undefined) {
      throw invalidFilter(`Invalid attribute key '${subject.key}' specified. Valid keys are '${[...texts.keys(), ...numbers.keys()].join(', ')}'`);
    }
    refuseNullOfAttribute(operator, subject.key);
    if (numbers.has(subject.key)) {
      checkComparator(operator, numberOperators, `attribute ${subject.key}`);
      const unquoted: Value = value.kind === 'text' && /^\d+$/.test(value.text) ? { kind: 'number', number: Number(value.text), text: value.text } : value;
      return compareInteger(column, operator, unquoted, subject.key);
    }
    checkComparator(operator, textOperators, 'attribute');
    return compareText(column, operator, value, 'attributes');
  };
  const condition: Sql = clause === undefined ? { text: 'TRUE', parameters: [] } : compileClause(clause, compare);
  return prompts
    ? condition
    : {
        text: `${condition.text} AND NOT EXISTS (SELECT 1 FROM registered_model_tags WHERE model = registered_models.id AND key = ? AND value = 'true')`,
        parameters: [...condition.parameters, promptTag],
      };
}

function compileOrder(items: readonly string[], { orders, orderKey, ordersByEntity }: Searched): string[] {
  const seen = new Set<string>();
  return parseOrders(items).map(({ subject, ascending }) => {
    const key = ordersByEntity || subject.entity === undefined ? subject.key : `${subject.entity}.${subject.key}`;
    // MLflow reads these orders as those of experiments, which know more words than the registry's filters.
    const column = !ordersByEntity || attributeOrTag(subject, 'experiments') === 'attribute' ? orders.get(key) : undefined;
    if (column === undefined) {
      throw invalidFilter(`Invalid ${orderKey} '${key}' specified. Valid keys are '${[...orders.keys()].join(', ')}'`);
    }
    if (seen.has(column)) {
      throw invalidFilter(`\`order_by\` contains duplicate fields: ${items.join(', ')}`);
    }
    seen.add(column);
    return `${column} ${ascending ? 'ASC' : 'DESC'}`;
  });
}

export interface RegistrySearch {
  models(query: RegistryQuery): RegisteredModelRow[];
  versions(query: RegistryQuery): ModelVersionRow[];
}

/** Finds registered models and versions by a filter, in an order; a page at a time. */
export function createRegistrySearch(database: Database): RegistrySearch {
  const select = createQueries(database);
  return {
    models({ filter, orderBy = [], offset = 0, limit }) {
      const condition = compileFilter(filter, searchedModels);
      const order = [...compileOrder(orderBy, searchedModels), 'registered_models.name'];
      return select<RegisteredModelRow>({
        text: `SELECT ${registeredModelColumns} FROM registered_models WHERE ${condition.text} ORDER BY ${order.join(', ')} LIMIT ? OFFSET ?`,
        parameters: [...condition.parameters, limit, offset],
      });
    },
    versions({ filter, orderBy = [], offset = 0, limit }) {
      const condition = compileFilter(filter, searchedVersions);
      const asked = orderBy.length === 0 ? ['last_updated_timestamp DESC', 'name ASC', 'version_number DESC'] : orderBy;
      const order = [...compileOrder(asked, searchedVersions), 'registered_models.name', 'model_versions.version DESC'];
      return select<ModelVersionRow>({
        text: `SELECT ${modelVersionColumns} ${fromModelVersions} WHERE deleted_at IS NULL AND ${condition.text} ORDER BY ${order.join(', ')} LIMIT ? OFFSET ?`,
        parameters: [...condition.parameters, limit, offset],
      });
    },
  };
}
