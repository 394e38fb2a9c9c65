import { Router } from 'express';
import { createHash } from 'node:crypto';
import { policyRoutes, type AdoptedPolicy, type PolicyProblem } from '../../contract/policy.ts';
import type { Caller } from '../../contract/caller.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { canonicalJson } from '../../platform/canonicalJson.ts';
import { messageOf, Problem } from '../../platform/errors.ts';
import type { Feature } from '../../platform/feature.ts';
import { implementAll } from '../../platform/http/implement.ts';
import type { AuditLog } from '../auditLog.ts';
import { describePolicy, policyOf, type Policy, type Stated } from './modelPolicy.ts';
import { createPolicyTable, type SignerTexts, type StoredPolicy } from './policyTable.ts';
import { policyPath, readPolicyOnDisk } from './policyOnDisk.ts';
import { readPolicyFile, type ReadPolicy } from './readPolicyFile.ts';
import { signersOf, signerTextsOnDisk } from './signersOnDisk.ts';

/** What models need, by the files that were taken over. */
export interface Policies {
  of(model: string): Policy;
  /** The models that a file names. */
  models(): string[];
  /** Days that the inference log is kept at least; 0 where no policy says it. */
  inferenceLogDays(): number;
}

export interface PoliciesFeature extends Feature, Policies {
  notices(): string[];
}

/**
 * The policies in force. A file counts as it was when somebody who may do so took it over: who can write to a folder, or delete it, weakens nothing by
 * that. A model belongs to the file that named it first.
 */
export function createPolicies({ database, events }: Pick<CompanionContext, 'database' | 'events'>, audit: AuditLog): PoliciesFeature {
  const table = createPolicyTable(database);
  let statements = new Map<string, Stated>();
  let unreadable: string[] = [];
  const resolved = new Map<string, Policy>();
  const of = (model: string): Policy => {
    const policy = resolved.get(model) ?? policyOf(statements.get(model));
    if (statements.has(model)) {
      resolved.set(model, policy);
    }
    return policy;
  };
  const load = (): void => {
    resolved.clear();
    statements = new Map();
    unreadable = [];
    for (const { file, text, signers, adoptedAt } of table.all()) {
      const { entries, problem } = readPolicyFile(text);
      if (problem !== undefined) {
        unreadable.push(file);
      }
      for (const entry of entries) {
        // What an earlier version took over and this one cannot read asks for the most.
        statements.set(entry.name, { ...entry, file, adoptedAt, ...signersOf(entry.entry, signers), ...(problem === undefined ? {} : { entry: { tier: 'critical' } }) });
      }
    }
  };
  load();

  /** A text as the file's: its models may be others' already. */
  const check = (file: string, text: string): ReadPolicy & { readonly signers: SignerTexts } => {
    const read = readPolicyFile(text);
    if (read.problem !== undefined) {
      return { ...read, signers: {} };
    }
    const taken = read.entries.find(({ name }) => (statements.get(name)?.file ?? file) !== file);
    return taken === undefined ? { ...read, ...signerTextsOnDisk(file, read) } : { ...read, signers: {}, problem: read.problemAt(taken.name, `${taken.name} has its policy in ${statements.get(taken.name)?.file}: a model has one. Take it out of one of the two, or lift the other with "slipway policy --forget".`) };
  };

  const toAdopted = (stored: StoredPolicy): AdoptedPolicy => {
    const { file, text, adoptedAt, adoptedBy } = stored;
    const onDisk = onDiskNow(file);
    const own = [...statements.values()].filter((stated) => stated.file === file);
    // What this version cannot read any more is the same all the same.
    const isLookedAt = onDisk !== text || own.some(({ entry }) => entry.approvals?.allowedSigners !== undefined);
    const now = typeof onDisk !== 'string' ? { problem: onDisk } : isLookedAt ? check(file, onDisk) : { problem: undefined, signers: stored.signers };
    const problem = now.problem;
    const isSame = onDisk === text && 'signers' in now && canonicalJson(now.signers) === canonicalJson(stored.signers);
    return {
      file,
      digest: digestOf(text),
      adoptedAt,
      adoptedBy,
      models: own.map(({ name, entry }) => ({ name, tier: entry.tier ?? 'experimental' })),
      state: onDisk === undefined ? 'gone' : problem !== undefined ? 'broken' : isSame ? 'same' : 'changed',
      ...(problem === undefined ? {} : { problem }),
    };
  };
  const adopted = (file: string): AdoptedPolicy | undefined => {
    const found = table.all().find((each) => each.file === file);
    return found === undefined ? undefined : toAdopted(found);
  };

  const adopt = (given: string, caller: Caller): { policy?: AdoptedPolicy; problem?: PolicyProblem; changed: boolean } => {
    const file = policyPath(given);
    const text = readPolicyOnDisk(file);
    if (text === undefined) {
      throw new Problem('not-found', `There is no ${file}.`, { field: 'file', remedy: 'A policy that is in force stays so; "slipway policy --forget FILE" lifts it.' });
    }
    const before = table.all().find((each) => each.file === file);
    const { entries, problem, signers } = check(file, text);
    const changed = problem === undefined && (before?.text !== text || canonicalJson(before.signers) !== canonicalJson(signers));
    if (changed) {
      database.transaction(() => {
        table.put({ file, text, signers, adoptedAt: Date.now(), adoptedBy: caller.user });
        const from = Object.fromEntries((before === undefined ? [] : readPolicyFile(before.text).entries).map(({ name, entry }) => [name, entry.tier ?? 'experimental']));
        const to = Object.fromEntries(entries.map(({ name, entry }) => [name, entry.tier ?? 'experimental']));
        audit.append({ actor: caller, action: 'policy.applied', subject: file, detail: { digest: digestOf(text), ...(before === undefined ? {} : { before: digestOf(before.text), tiersBefore: from }), tiers: to, ...(Object.keys(signers).length === 0 ? {} : { allowedSigners: Object.fromEntries(Object.entries(signers).map(([name, content]) => [name, digestOf(content)])) }) } });
      })();
      load();
      events.publish({ topic: 'policy', file });
    }
    const policy = adopted(file);
    return { ...(policy === undefined ? {} : { policy }), ...(problem === undefined ? {} : { problem }), changed };
  };

  const forget = (given: string, caller: Caller): void => {
    const file = policyPath(given);
    const before = adopted(file);
    if (before === undefined) {
      throw new Problem('not-found', `No policy of ${file} is in force.`, { field: 'file', remedy: 'List them with "slipway policy".' });
    }
    database.transaction(() => {
      table.remove(file);
      audit.append({ actor: caller, action: 'policy.lifted', subject: file, detail: { before: before.digest, tiersBefore: Object.fromEntries(before.models.map(({ name, tier }) => [name, tier])) } });
    })();
    load();
    events.publish({ topic: 'policy', file });
  };

  const router = Router();
  implementAll(router, policyRoutes, {
    listPolicies: () => ({ policies: table.all().map(toAdopted) }),
    getPolicy: ({ model }) => describePolicy(model, statements.get(model)),
    checkPolicy({ file, text }) {
      const { problem, entries } = check(policyPath(file), text);
      return { ...(problem === undefined ? {} : { problem }), models: entries.map(({ name, line, endLine }) => ({ name, line, endLine })) };
    },
    adoptPolicy: ({ file }, { caller }) => adopt(file, caller),
    forgetPolicy({ file }, { caller }) {
      forget(file, caller);
      return {};
    },
  });
  return {
    router,
    of,
    models: () => [...statements.keys()],
    inferenceLogDays: () => Math.max(0, ...[...statements.keys()].map((model) => of(model).entry.retention?.inferenceLogDays ?? 0)),
    notices: () => unreadable.map((file) => `The policy of ${file} cannot be read by this version: its models need what the tier critical needs until it is corrected and applied.`),
  };
}

/** What a file says by now, or why it cannot be read. */
function onDiskNow(file: string): string | undefined | PolicyProblem {
  try {
    return readPolicyOnDisk(file);
  } catch (error) {
    return { message: messageOf(error), line: 1, column: 1, endLine: 1, endColumn: 2 };
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
