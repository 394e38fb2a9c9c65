import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { gateIds, type GateId, type GateSettings } from '../contract/gates.ts';
import type { ModelVersion } from '../contract/registry.ts';
import type { Release } from '../contract/releases.ts';
import { plural } from '../contract/format/plural.ts';
import { isRecord } from '../contract/values.ts';
import type { Policy } from '../governance/policy/modelPolicy.ts';
import { answerForm } from '../monitoring/labels/answerForm.ts';
import { labelValueOf, type LabelValue } from '../monitoring/labels/labelValue.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import { csvLine } from '../platform/csvLine.ts';
import { messageOf, Problem } from '../platform/errors.ts';
import type { Candidate, Production, Progress, PromotionPorts } from './candidate.ts';
import { gateTable } from './gates/gates.ts';
import { notEvaluated, type Gate, type Judged, type Verdict } from './gates/gate.ts';
import type { FoundResult } from './gateTable.ts';
import type { Answers, JudgedRows } from './judgedRows.ts';
import { runOwnCheck } from './ownCheck.ts';
import { readTable, type Table } from './readTable.ts';

const timedRequests = 200;
const sendersAtOnce = 8;

/** The gates that a policy asks for. */
export function gatesOf(policy: Policy): GateId[] {
  return gateIds.filter((id) => policy.entry.gates?.[id] !== undefined);
}

/** What a policy asks of a gate, as one text: the same text is the same question. */
export function askedOf({ entry: { gates, evaluation } }: Policy, gate: GateId): string {
  return canonicalJson({ settings: gates?.[gate] ?? null, evaluation: evaluation ?? null });
}

/** Judges the release of a version by every gate of its policy. What of it cannot be evaluated is told as such. */
export async function runGates(
  { version, release, production, policy }: { readonly version: ModelVersion; readonly release: Release; readonly production: Production; readonly policy: Policy },
  ports: PromotionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<FoundResult[]> {
  const asked = gatesOf(policy);
  if (asked.length === 0) {
    return [];
  }
  const opened: Candidate[] = [];
  const open = async (of: Release): Promise<Candidate> => {
    const candidate = await ports.open(of, production, progress, signal);
    opened.push(candidate);
    return candidate;
  };
  try {
    const needsReplica = asked.some((id) => !['schema', 'size', 'integrity', 'drift'].includes(id)) || policy.entry.evaluation !== undefined;
    const candidate = needsReplica ? await open(release) : undefined;
    const live = production.release === undefined || !asked.includes('change') ? undefined : await open(production.release).catch((error: unknown) => messageOf(error));
    progress('Scoring the evaluation rows');
    const rows = candidate === undefined ? 'No gate needs rows.' : await judgedRows(policy, candidate, live, signal);
    const judged: Judged = {
      version,
      release,
      live: production.release,
      rows,
      latencies: async () => (candidate === undefined ? 'No replica runs.' : timeExamples(candidate, signal)),
      throughput: async () => (candidate === undefined ? 'No replica runs.' : loadExamples(candidate, signal)),
      training: async () => (production.release === undefined ? { reason: 'production has no live release' } : ports.trainingDrift({ candidate: release.digest, live: production.release.digest })),
      own: async (check) => (candidate === undefined || policy.file === undefined ? 'No replica runs.' : runOwnCheck(check, path.dirname(policy.file), givenToChecks(candidate, production), signal)),
    };
    const results: FoundResult[] = [];
    for (const id of asked) {
      progress(gateTable[id].label);
      results.push({ gate: id, ...(await judgeBy(id, judged, policy)), source: policy.sourceOf(`gates.${id}`), asked: askedOf(policy, id) });
      signal.throwIfAborted();
    }
    return results;
  } finally {
    await Promise.all(opened.map((each) => each.stop()));
  }
}

async function judgeBy<Id extends GateId>(id: Id, judged: Judged, { entry }: Policy): Promise<Verdict> {
  const asked: { readonly [Each in GateId]?: GateSettings[Each] | undefined } = entry.gates ?? {};
  const settings = asked[id];
  const gate: Gate<Id> = gateTable[id];
  try {
    return settings === undefined ? notEvaluated('It is not asked for.') : await gate.judge(judged, settings);
  } catch (error) {
    return notEvaluated(messageOf(error));
  }
}

/** What the command of a policy knows of what it checks. */
function givenToChecks({ release: { model }, url, key }: Candidate, { endpoint }: Production): Record<string, string> {
  return { SLIPWAY_ENDPOINT: endpoint, SLIPWAY_MODEL: model.name, SLIPWAY_VERSION: String(model.version), SLIPWAY_CANDIDATE_URL: `${url}/invocations`, SLIPWAY_CANDIDATE_KEY: key };
}

async function timeExamples(candidate: Candidate, signal: AbortSignal): Promise<readonly number[] | string> {
  const times: number[] = [];
  for (let index = 0; index < timedRequests; index += 1) {
    const time = await candidate.timeExample(signal);
    if (time === undefined) {
      return 'The version has no recorded example.';
    }
    times.push(time);
  }
  return times;
}

/** Several senders, each of which sends its next request when the one before is answered. */
async function loadExamples(candidate: Candidate, signal: AbortSignal): Promise<{ readonly requests: number; readonly atOnce: number; readonly seconds: number } | string> {
  const started = performance.now();
  const each = timedRequests / sendersAtOnce;
  const senders = await Promise.all(
    Array.from({ length: sendersAtOnce }, async () => {
      for (let index = 0; index < each; index += 1) {
        if ((await candidate.timeExample(signal)) === undefined) {
          return false;
        }
      }
      return true;
    }),
  );
  return senders.every(Boolean) ? { requests: timedRequests, atOnce: sendersAtOnce, seconds: (performance.now() - started) / 1000 } : 'The version has no recorded example.';
}

/** The evaluation rows with the answers of both, or why there are none. */
async function judgedRows({ entry: { evaluation }, file }: Policy, candidate: Candidate, live: Candidate | string | undefined, signal: AbortSignal): Promise<JudgedRows | string> {
  if (evaluation?.file === undefined || evaluation.label === undefined || file === undefined) {
    return 'The policy names no evaluation rows: "evaluation" needs a file and a label.';
  }
  const place = path.resolve(path.dirname(file), evaluation.file);
  try {
    const table = await readTable(place);
    const labels = labelsOf(table, evaluation.label);
    if (typeof labels === 'string') {
      return labels;
    }
    const csv = await readFile(place);
    const answers = await answersOf(candidate, csv, table.rows, signal);
    if (typeof answers === 'string') {
      return `The candidate ${answers}`;
    }
    const before = live === undefined ? 'Production has no live release to compare with.' : typeof live === 'string' ? `The live release cannot be asked: ${live}` : await answersOf(live, csv, table.rows, signal);
    const ask: JudgedRows['ask'] = (columns) => answersTo(candidate, columns, signal);
    return { columns: table.columns, labels, candidate: answers, ask, live: typeof before === 'string' && typeof live === 'object' ? `The live release ${before}` : before };
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

function labelsOf({ columns }: Table, label: string): LabelValue[] | string {
  const values = columns.get(label);
  if (values === undefined) {
    return `The evaluation rows have no column ${label}.`;
  }
  const labels = values.map(labelValueOf);
  const missing = labels.findIndex((value) => value === undefined);
  return missing >= 0 ? `Row ${missing + 1} of the evaluation rows has no label.` : labels.filter((value) => value !== undefined);
}

const line = z.string().transform((text) => JSON.parse(text) as unknown).pipe(z.custom<Record<string, unknown>>(isRecord));

/** As {@link answersOf}, of rows that are in no file: a refusal of all of them is no answer either. */
async function answersTo(candidate: Candidate, columns: JudgedRows['columns'], signal: AbortSignal): Promise<Answers | string> {
  const values = [...columns.values()];
  const lines = (values[0] ?? []).map((_, row) => csvLine(values.map((column) => column[row] ?? '')));
  try {
    return await answersOf(candidate, Buffer.from(`${csvLine([...columns.keys()])}${lines.join('')}`), lines.length, signal);
  } catch (error) {
    if (Problem.is(error, 'invalid-input')) {
      return `refuses all rows: ${error.message}`;
    }
    throw error;
  }
}

async function answersOf(candidate: Candidate, csv: Buffer, rows: number, signal: AbortSignal): Promise<Answers | string> {
  const { columns, rejected, firstReason, lines } = await candidate.score(csv, signal);
  if (rejected > 0) {
    return `cannot answer ${rejected} of ${plural(rows, 'evaluation row')}: ${firstReason ?? ''}`;
  }
  const names = columns ?? [];
  const form = answerForm(candidate.release);
  const name = names.length === 1 ? names[0] : form.answers === 'scores' && names.length === 2 ? names[1] : undefined;
  if (name === undefined) {
    return `answers ${plural(names.length, 'column')} to each row: gates judge one.`;
  }
  const predictions = lines.split('\n').filter((text) => text !== '').map((text) => labelValueOf(line.parse(text)[name]));
  const found = predictions.filter((value) => value !== undefined);
  return found.length === rows ? { form, predictions: found } : `answers ${found.length} of ${plural(rows, 'evaluation row')}.`;
}
