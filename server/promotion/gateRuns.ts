import { Router } from 'express';
import { z } from 'zod';
import { caller as callerSchema, type Caller } from '../contract/caller.ts';
import { gateRoutes, type GateResult, type GateRun } from '../contract/gates.ts';
import type { Release } from '../contract/releases.ts';
import type { ServingConfig } from '../contract/servingConfig.ts';
import { shortDigest } from '../contract/format/digests.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Policy } from '../governance/policy/modelPolicy.ts';
import type { CompanionContext } from '../platform/context.ts';
import { messageOf, Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';
import type { Production, Progress, PromotionPorts } from './candidate.ts';
import { createGateTable, type FoundResult, type StoredRun } from './gateTable.ts';
import { askedOf, gatesOf, runGates } from './runGates.ts';

export interface GateRunDependencies {
  readonly context: Pick<CompanionContext, 'database' | 'jobs' | 'events'>;
  readonly ports: PromotionPorts;
  readonly policyOf: (model: string) => Policy;
  readonly audit: AuditLog;
}

/** A release that was judged. */
export interface Judgement {
  readonly release: Release;
  readonly liveRelease: string | null;
  readonly results: readonly FoundResult[];
}

export interface GateRuns extends Feature {
  running(): boolean;
  /** Packages a version and judges that release by the gates of its policy; it is kept and audited as the last run of the version. */
  judge(asked: JudgeRequest, progress: Progress, signal: AbortSignal): Promise<Judgement>;
  /** What was found of a version, as its policy asks for it by now, and who answers for it by now. */
  answered(model: string, version: number, results: readonly FoundResult[]): GateResult[];
}

export interface JudgeRequest {
  readonly model: string;
  readonly version: number;
  readonly requestedBy: Caller;
  readonly startedAt: number;
  readonly production: Production;
  /** As the live release is served unless given. */
  readonly serving?: ServingConfig | undefined;
  /** No gate is asked. */
  readonly onlyPackage?: boolean;
}

const payloadSchema = z.object({ model: z.string(), version: z.number(), requestedBy: callerSchema, startedAt: z.number() });
type Payload = z.infer<typeof payloadSchema>;

/** Runs of the gates of versions, as durable jobs, and who answers for what has not passed. */
export function createGateRuns({ context: { database, jobs, events }, ports, policyOf, audit }: GateRunDependencies): GateRuns {
  const table = createGateTable(database);

  const done = (
    { model, version, requestedBy, startedAt }: Pick<JudgeRequest, 'model' | 'version' | 'requestedBy' | 'startedAt'>,
    outcome: Pick<StoredRun, 'state' | 'message' | 'results'> & { readonly release?: string; readonly liveRelease?: string | null },
  ): void =>
    database.transaction(() => {
      table.putRun({ model, version, startedAt, endedAt: Date.now(), requestedBy: requestedBy.user, ...outcome, release: outcome.release ?? null, liveRelease: outcome.liveRelease ?? null });
      audit.append({
        actor: requestedBy,
        action: 'gates.run',
        subject: model,
        detail: { version, ...(outcome.release === undefined ? {} : { release: outcome.release }), state: outcome.state, results: Object.fromEntries(outcome.results.map(({ gate, state }) => [gate, state])) },
      });
    })();

  const judge = async (asked: JudgeRequest, progress: Progress, signal: AbortSignal): Promise<Judgement> => {
    const { model, version: number, production, serving } = asked;
    const version = await ports.resolve(model, number);
    const release = await ports.package(version, { ...production, serving }, progress, signal);
    if (asked.onlyPackage === true) {
      return { release, liveRelease: production.release?.digest ?? null, results: [] };
    }
    const results = await runGates({ version, release, production, policy: policyOf(model) }, ports, progress, signal);
    const liveRelease = production.release?.digest ?? null;
    done(asked, { state: 'done', message: `Release ${shortDigest(release.digest)} was judged`, results, release: release.digest, liveRelease });
    return { release, liveRelease, results };
  };

  const queue = jobs.register<Payload>({
    kind: 'gates',
    payload: payloadSchema,
    // What failed by itself is told; whoever asked asks again.
    retry: { firstMilliseconds: 1000, mostMilliseconds: 1000, attempts: 1 },
    async run({ payload: { model, version: number, requestedBy, startedAt } }, control) {
      try {
        await judge({ model, version: number, requestedBy, startedAt, production: await ports.production(model) }, (text) => control.progress(text), control.signal);
      } catch (error) {
        control.signal.throwIfAborted();
        done({ model, version: number, requestedBy, startedAt }, { state: 'failed', message: messageOf(error), results: [] });
      }
    },
    tried: () => events.publish({ topic: 'gates' }),
  });

  const keyOf = (model: string, version: number): string => `${model}:${version}`;

  const shown = (model: string, version: number): GateRun => {
    const open = queue.open().find(({ key }) => key === keyOf(model, version));
    if (open !== undefined) {
      return { model, version, state: 'running', message: open.progress ?? 'Waiting', results: [], passed: false, startedAt: open.payload.startedAt, requestedBy: open.payload.requestedBy.user };
    }
    const stored = table.run(model, version);
    if (stored === undefined) {
      throw new Problem('not-found', `The gates of version ${version} of ${model} were not run yet.`, { field: 'version', remedy: `Run them with "slipway gates ${model}:${version}".` });
    }
    const results = answered(model, version, stored.results);
    return {
      model,
      version,
      state: stored.state,
      message: stored.message,
      ...(stored.release === null ? {} : { release: stored.release }),
      ...(stored.liveRelease === null ? {} : { liveRelease: stored.liveRelease }),
      results,
      passed: stored.state === 'done' && results.every(({ state, waiver }) => state === 'passed' || waiver !== undefined),
      startedAt: stored.startedAt,
      endedAt: stored.endedAt,
      requestedBy: stored.requestedBy,
    };
  };

  const answered = (model: string, version: number, results: readonly FoundResult[]): GateResult[] => {
    const policy = policyOf(model);
    const waivers = table.waivers(model, version).filter(({ until }) => until > Date.now());
    return gatesOf(policy).map((gate) => {
      const last = results.find((result) => result.gate === gate && result.asked === askedOf(policy, gate));
      const found: GateResult =
        last === undefined
          ? { gate, state: 'not-evaluated', message: `The policy asks for ${results.some((result) => result.gate === gate) ? 'something else' : 'it'} since; run the gates again.`, source: policy.sourceOf(`gates.${gate}`) }
          : { gate, state: last.state, message: last.message, source: last.source };
      const waiver = found.state === 'passed' ? undefined : waivers.find((each) => each.gate === gate);
      return { ...found, ...(waiver === undefined ? {} : { waiver: { by: waiver.by, reason: waiver.reason, until: waiver.until } }) };
    });
  };

  const start = async (model: string, selector: number | string, requestedBy: Caller): Promise<GateRun> => {
    const version = await ports.resolve(model, selector);
    const key = keyOf(version.name, version.version);
    if (!queue.open().some((job) => job.key === key)) {
      queue.add({ key, payload: { model: version.name, version: version.version, requestedBy, startedAt: Date.now() } });
    }
    return shown(version.name, version.version);
  };

  const router = Router();
  implementAll(router, gateRoutes, {
    runGates: ({ model, version }, { caller }) => start(model, version, caller),
    getGateRun: ({ model, version }) => shown(model, version),
    cancelGateRun({ model, version }, { caller }) {
      const open = queue.open().find(({ key }) => key === keyOf(model, version));
      if (open !== undefined) {
        queue.cancel(open.id);
        audit.append({ actor: caller, action: 'gates.cancelled', subject: model, detail: { version } });
      }
      return { cancelled: open !== undefined };
    },
    waiveGate({ model, version, gate, reason, until }, { caller }) {
      if (until <= Date.now()) {
        throw new Problem('invalid-input', 'until: must be a time that is still to come', { field: 'until' });
      }
      const result = shown(model, version).results.find((each) => each.gate === gate);
      if (result === undefined || result.state === 'passed') {
        throw new Problem('conflict', result === undefined ? `The policy of ${model} does not ask for the gate ${gate}, or it was not run yet.` : `Version ${version} of ${model} has passed the gate ${gate}.`, { field: 'gate' });
      }
      database.transaction(() => {
        table.putWaiver({ model, version, gate, by: caller.user, reason, until });
        audit.append({ actor: caller, action: 'gate.waived', subject: model, detail: { version, gate, reason, until: new Date(until).toISOString() } });
      })();
      events.publish({ topic: 'gates' });
      return shown(model, version);
    },
  });
  return { router, running: () => queue.open().length > 0, judge, answered };
}
