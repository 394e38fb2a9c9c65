import type { ModelCard, CardStatement } from '../modelCard.ts';
import { cardStatements } from '../modelCard.ts';
import { formatBytes } from './bytes.ts';
import { shortDigest } from './digests.ts';
import { formatNumber } from './numbers.ts';
import { coverageText, intervalText, metricLabel, metricsOf, metricValueText } from './performance.ts';
import { plural } from './plural.ts';
import { formatTime } from './times.ts';

/** A piece of a card: what is known as a table or a text, or that it is not known, and why. */
export type CardBlock =
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing'; readonly text: string };

export interface CardSection {
  readonly title: string;
  readonly blocks: readonly CardBlock[];
}

const nobodyHasSaid = 'Nobody has said.';

function missing(text: string): CardBlock {
  return { kind: 'missing', text };
}

function table(head: readonly string[], rows: readonly (readonly string[])[], otherwise: string): CardBlock {
  return rows.length === 0 ? missing(otherwise) : { kind: 'table', head, rows };
}

function said({ statements }: ModelCard, name: CardStatement): CardBlock {
  const text = statements[name];
  return text === undefined ? missing(`${nobodyHasSaid} (${cardStatements[name]}.)`) : { kind: 'text', text };
}

function details(card: ModelCard): CardBlock {
  const { name, version, createdAt, aliases, digest, bytes, flavors, lineage } = card.version;
  const rows: (readonly [string, string | undefined])[] = [
    ['Version', `${name} ${version}${aliases.map((alias) => `, @${alias}`).join('')}`],
    ['Registered', formatTime(createdAt)],
    ['Flavors', flavors.join(', ') || undefined],
    ['Files', digest === undefined || bytes === undefined ? undefined : `${formatBytes(bytes)}, digest ${digest}`],
    ['Run', lineage.runId],
    ['Notebook', lineage.cell === undefined ? undefined : `${lineage.cell.notebook}, cell ${lineage.cell.cellIndex + 1}`],
    ['Code', lineage.git === undefined ? undefined : `commit ${lineage.git.commit}${lineage.git.dirty ? ', with changes that were not committed' : ''}`],
    ['Environment', lineage.environment === undefined ? undefined : `Python ${lineage.environment.python}, ${plural(lineage.environment.packages, 'package')}, requirements ${shortDigest(lineage.environment.sha256)}`],
    ['Licence', card.statements.license],
  ];
  return table(['', ''], rows.map(([what, value]) => [what, value ?? 'not known']), '');
}

function interfaceOf({ version: { signature } }: ModelCard): CardBlock {
  const rows = (['inputs', 'outputs'] as const).flatMap((side) => (signature?.[side] ?? []).map((column) => [side === 'inputs' ? 'input' : 'output', column.name ?? '', column.type, column.required ? 'required' : 'optional']));
  return table(['', 'name', 'type', ''], rows, 'The model was logged without a signature.');
}

/** Metrics of the run, and those that labels of live traffic give. */
function metrics(card: ModelCard): CardBlock[] {
  const logged = Object.entries(card.version.metrics).map(([name, value]) => [name, typeof value === 'number' ? formatNumber(value, 6) : value, 'as the run logged it; no interval']);
  const live = card.watched.flatMap(({ endpoint, performance }) =>
    performance === null ? [] : metricsOf(performance).filter(({ value }) => value !== null).map((figure) => [`${metricLabel(figure)} on ${endpoint}`, metricValueText(figure), intervalText(figure, performance)]),
  );
  return [
    table(['metric', 'value', ''], logged, 'Not evaluated: the run logged no metric.'),
    table(['by labels of live traffic, 30 days', 'value', '95 % interval'], live, 'Not evaluated on live traffic: the version is not live, or no label of its predictions has come.'),
    ...card.watched.flatMap(({ performance }): CardBlock[] => (performance === null || metricsOf(performance).length === 0 ? [] : [{ kind: 'text', text: `Covers ${coverageText(performance)}.` }])),
    missing('By slices: not evaluated.'),
  ];
}

function monitoring(card: ModelCard): CardBlock[] {
  return [
    table(
      ['endpoint', 'its requests, 30 days', 'failed', 'last day'],
      card.watched.map(({ endpoint, requests, errors, verdict }) => [endpoint, String(requests), String(errors), verdict === null ? 'not evaluated' : verdict.sentence]),
      'Not evaluated: the version is live on no endpoint.',
    ),
    table(
      ['incident', 'since', 'state', 'what'],
      card.watched.flatMap(({ incidents }) => incidents.map(({ id, openedAt, state, severity, title }) => [`${id}, ${severity}`, formatTime(openedAt), state, title])),
      card.watched.length === 0 ? 'Incidents: none can be told without an endpoint.' : 'No incident of its endpoints.',
    ),
  ];
}

/**
 * What a card says, in the order of Mitchell et al., Model Cards for Model Reporting (2019), with what Annex IV of Regulation (EU) 2024/1689 asks for beside it
 * (oversight, monitoring, changes). What is not known is said to be so.
 */
export function cardSections(card: ModelCard): readonly CardSection[] {
  return [
    { title: 'Model details', blocks: [...(card.version.description === '' ? [] : [{ kind: 'text', text: card.version.description } as const]), details(card)] },
    { title: 'Owner', blocks: [said(card, 'owner')] },
    { title: 'Intended use', blocks: [said(card, 'intended-use')] },
    { title: 'Out of scope', blocks: [said(card, 'out-of-scope')] },
    { title: 'Limits and risks', blocks: [said(card, 'limits')] },
    {
      title: 'Training data',
      blocks: [table(['file', 'sha256', 'size'], card.version.lineage.data.map(({ path, sha256, bytes }) => [path, sha256, formatBytes(bytes)]), 'Not known: neither did a captured cell name a data file, nor did mlflow.log_input.')],
    },
    { title: 'Parameters', blocks: [table(['parameter', 'value'], Object.entries(card.version.params), 'None were logged.')] },
    { title: 'Inputs and outputs', blocks: [interfaceOf(card)] },
    { title: 'Evaluation', blocks: metrics(card) },
    { title: 'Fairness', blocks: [said(card, 'fairness'), missing('By groups: not evaluated.')] },
    { title: 'Monitoring and incidents', blocks: monitoring(card) },
    {
      title: 'Where it has been live',
      blocks: [table(['endpoint', 'from', 'until', 'release'], card.served.map(({ endpoint, from, until, release }) => [endpoint, formatTime(from), until === undefined ? 'now' : formatTime(until), shortDigest(release)]), 'On no endpoint.')],
    },
    { title: 'Human oversight', blocks: [said(card, 'oversight')] },
    { title: 'Runbook', blocks: [said(card, 'runbook')] },
  ];
}
