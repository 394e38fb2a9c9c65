import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml';
import { policyFile, type ModelEntry } from '../../contract/policyFile.ts';
import type { PolicyProblem } from '../../contract/policy.ts';
import { messageOf } from '../../platform/errors.ts';
import { wrongApprovals } from './approvalNeeds.ts';
import { wrongRetraining } from './retrainingTimes.ts';
import { wrongRollout } from './rolloutPlan.ts';

type Path = readonly (string | number)[];

export interface ReadEntry {
  readonly name: string;
  readonly entry: ModelEntry;
  /** Lines of its entry, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** The line of a key of it, such as `rollout.steps`; that of the entry where it has no line of its own. */
  readonly lineOf: (key: string) => number;
}

export interface ReadPolicy {
  readonly entries: readonly ReadEntry[];
  /** What is wrong with it, first of all; then nothing of it counts. */
  readonly problem?: PolicyProblem;
  /** The place of a model's name, or of a key below it, such as `approvals.signed`. */
  readonly problemAt: (model: string, message: string, key?: string) => PolicyProblem;
}

const mostCharacters = 262_144;

/** Reads the text of a policy: YAML 1.2 without tags of its own. Whatever the text is, this throws nothing. */
export function readPolicyFile(text: string): ReadPolicy {
  const nowhere: PolicyProblem = { message: '', line: 1, column: 1, endLine: 1, endColumn: 2 };
  const broken = (problem: PolicyProblem, entries: readonly ReadEntry[] = []): ReadPolicy => ({ entries, problem, problemAt: (_, message) => ({ ...nowhere, message }) });
  if (text.length > mostCharacters) {
    return broken({ ...nowhere, message: `The file has more than ${mostCharacters} characters.` });
  }
  try {
    return readDocument(text, broken);
  } catch (error) {
    // Nested deeper than the stack, or aliases that grow without end.
    return broken({ ...nowhere, message: `It cannot be read: ${messageOf(error)}` });
  }
}

function readDocument(text: string, broken: (problem: PolicyProblem, entries?: readonly ReadEntry[]) => ReadPolicy): ReadPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', stringKeys: true });
  const place = ([from, to]: readonly [number, number], message: string): PolicyProblem => {
    const [begin, end] = [lines.linePos(from), lines.linePos(Math.max(to, from + 1))];
    return { message, line: Math.max(begin.line, 1), column: Math.max(begin.col, 1), endLine: Math.max(end.line, 1), endColumn: Math.max(end.col, 1) };
  };
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    return broken(place(fault.pos, `${fault.message}.`.replace(/\.\.$/, '.')));
  }
  const at = (path: Path, message: string): PolicyProblem => place(rangeOf(document, path), message);
  const entries = entriesOf(document, lines);
  const parsed = policyFile.safeParse(document.toJS() ?? undefined);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = (issue?.path ?? []).map((key) => (typeof key === 'symbol' ? String(key) : key));
    const extra = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const field = [...path, ...(extra === undefined ? [] : [extra])];
    return broken(at(field, extra === undefined ? `${field.join('.') || 'The file'}: ${issue?.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : (issue?.message ?? 'is none')}` : `${extra} is nothing that can stand in ${path.join('.') || 'the file'}.`), entries(undefined));
  }
  const read = entries(parsed.data.models);
  for (const { name, entry } of read) {
    const rollout = wrongRollout(entry);
    if (rollout !== undefined) {
      return broken(at(['models', name, 'rollout', rollout.field], rollout.message), read);
    }
    const approvals = wrongApprovals(entry);
    if (approvals !== undefined) {
      return broken(at(['models', name, 'approvals', 'signed'], approvals), read);
    }
    const retraining = wrongRetraining(entry);
    if (retraining !== undefined) {
      return broken(at(['models', name, 'retraining', retraining.field], retraining.message), read);
    }
  }
  return { entries: read, problemAt: (model, message, key) => at(['models', model, ...(key === undefined ? [] : key.split('.'))], message) };
}

/** The entries of the models with their lines, for what was read of them. */
function entriesOf(document: Document, lines: LineCounter): (read: Readonly<Record<string, ModelEntry>> | undefined) => ReadEntry[] {
  const models = document.get('models', true);
  return (read) =>
    (isMap(models) ? models.items : []).flatMap((pair) => {
      const name = keyOf(pair);
      const entry = read === undefined ? {} : name === undefined ? undefined : read[name];
      if (name === undefined || entry === undefined) {
        return [];
      }
      const [from] = rangeOf(document, ['models', name]);
      const end = isNode(pair.value) ? (pair.value.range?.[1] ?? from) : from;
      const lineOf = (key: string): number => lines.linePos(rangeOf(document, ['models', name, ...key.split('.').filter((part) => part !== '')])[0]).line;
      return [{ name, entry, line: lines.linePos(from).line, endLine: lines.linePos(Math.max(from, end - 1)).line, lineOf }];
    });
}

function keyOf({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Where the key of a path stands, or the element of a list; as much of the path as there is. */
function rangeOf(document: Document, path: Path): readonly [number, number] {
  let node: unknown = document.contents;
  let range: readonly [number, number] = [0, 1];
  const see = (found: Node | null): void => {
    if (found?.range !== null && found?.range !== undefined) {
      range = [found.range[0], found.range[1]];
    }
  };
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((each) => keyOf(each) === String(key));
      if (pair === undefined || !isPair(pair)) {
        break;
      }
      see(isNode(pair.key) ? pair.key : null);
      node = pair.value;
    } else {
      const item = typeof key === 'number' && isNode(node) && 'get' in node && typeof node.get === 'function' ? (node.get(key, true) as unknown) : undefined;
      if (!isNode(item)) {
        break;
      }
      see(item);
      node = item;
    }
  }
  return range;
}
