import { describeRehearsal, type RehearsalReport } from '../../../contract/rehearsal.ts';
import { LatencySketch } from '../../../gateway/latencySketch.ts';
import { callModelServer, failureText } from '../../replicas/modelServer.ts';
import type { Progress, RecordedRequest } from '../../replicas/ports.ts';
import { percent } from '../checks/check.ts';
import type { RolloutRecord } from '../rolloutTable.ts';
import { finished, releaseOf, replicasOf, type RolloutParts, type Step } from './step.ts';

/** Requests that are under way at a time: a replica has other work beside a rehearsal of a canary. */
const atOnce = 4;

/** What a recorded request came to: the answer of the new release, or why there is none. */
interface Replayed {
  readonly recorded: RecordedRequest;
  readonly answer: string | undefined;
  readonly failure: string;
  /** Milliseconds at the replica. */
  readonly took: number;
}

/** Recorded requests of the live release go through the new one, outside of the traffic. */
export const rehearsal: Step = {
  id: 'rehearsal',
  label: 'Rehearsal',
  beginning: 'Sending recorded requests to the new release, outside of the traffic',
  share: 15,
  taken: ({ rehearse }, beside) => rehearse > 0 && beside,
  needsReplica: true,
  cancellable: true,
  async run(rollout, parts, progress, signal) {
    const { endpoint, strategy } = rollout;
    const live = parts.endpoints.get(endpoint)?.live;
    const recorded = live === undefined ? [] : await parts.requestLog.recorded({ endpoint, release: live.release, limit: strategy.rehearse });
    if (live === undefined || recorded.length === 0) {
      return finished('Skipped: the inference log has no answers of the live release with their bodies');
    }
    const replayed = await replay(recorded, rollout, parts, progress, signal);
    const report = await reportOf(replayed, { endpoint, release: live.release }, parts);
    parts.rollouts.change(rollout.id, { rehearsal: report });
    const { minimumRequests, maximumErrorRate, minimumAgreement } = strategy.checks;
    if (report.requests >= minimumRequests && report.failed / report.requests > maximumErrorRate) {
      return { kind: 'failed', message: `The new release fails ${report.failed} of ${report.requests} recorded requests (${percent(report.failed / report.requests)}; at most ${percent(maximumErrorRate)} is allowed). The first: ${report.failure ?? 'no answer'}` };
    }
    if (minimumAgreement !== null && report.rows > 0 && report.agreed / report.rows < minimumAgreement) {
      return { kind: 'failed', message: `The new release answers ${report.agreed} of ${report.rows} recorded rows as the live one does (${percent(report.agreed / report.rows)}; at least ${percent(minimumAgreement)} is asked for)` };
    }
    return finished(describeRehearsal(report));
  },
};

async function replay(recorded: readonly RecordedRequest[], rollout: RolloutRecord, parts: RolloutParts, progress: Progress, signal: AbortSignal): Promise<Replayed[]> {
  const places = replicasOf(rollout, parts).flatMap(({ id, addresses }) => addresses.map((address) => ({ address, key: parts.keys.of(id) })));
  const milliseconds = parts.releases.get(releaseOf(rollout)).serving.requestTimeoutSeconds * 1000;
  const replayed: Replayed[] = [];
  const waiting = recorded.entries();
  const client = async (): Promise<void> => {
    for (const [index, each] of waiting) {
      signal.throwIfAborted();
      const place = places[index % places.length];
      replayed.push(place === undefined ? { recorded: each, answer: undefined, failure: 'the replica has no address', took: 0 } : await ask(each, place, milliseconds, signal));
      progress(`${replayed.length} of ${recorded.length} recorded requests`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return replayed.sort((a, b) => a.recorded.at - b.recorded.at);
}

async function ask(recorded: RecordedRequest, { address, key }: { readonly address: string; readonly key: string | undefined }, milliseconds: number, signal: AbortSignal): Promise<Replayed> {
  const { path, contentType, request: body } = recorded;
  const began = performance.now();
  try {
    const answer = await callModelServer(address, path, { key, body, contentType, milliseconds, signal });
    const took = performance.now() - began;
    return answer.status < 300 ? { recorded, answer: answer.body, failure: '', took } : { recorded, answer: undefined, failure: `${answer.status}: ${failureText(answer)}`, took };
  } catch (error) {
    signal.throwIfAborted();
    return { recorded, answer: undefined, failure: error instanceof Error ? error.message : String(error), took: performance.now() - began };
  }
}

async function reportOf(replayed: readonly Replayed[], of: { readonly endpoint: string; readonly release: string }, { requestLog }: Pick<RolloutParts, 'requestLog'>): Promise<RehearsalReport> {
  const answered = replayed.flatMap(({ recorded: { id, contentType, request, response }, answer }) => (answer === undefined ? [] : [{ id, contentType, request, live: response, fresh: answer }]));
  const failures = replayed.filter(({ answer }) => answer === undefined);
  const agreement = await requestLog.compare({ ...of, pairs: answered });
  const times = replayed.map(({ recorded: { at } }) => at);
  const latency = latencies(replayed.filter(({ answer }) => answer !== undefined));
  const [first] = failures;
  return {
    at: Date.now(),
    from: Math.min(...times),
    to: Math.max(...times),
    requests: replayed.length,
    failed: failures.length,
    ...(first === undefined ? {} : { failure: first.failure.slice(0, 500) }),
    ...agreement,
    ...(latency === undefined ? {} : { latency }),
  };
}

function latencies(answered: readonly Replayed[]): RehearsalReport['latency'] {
  const quantiles = (microseconds: readonly number[]): NonNullable<RehearsalReport['latency']>['fresh'] => {
    const sketch = new LatencySketch();
    microseconds.forEach((each) => sketch.add(each));
    const at = (q: number): number => (sketch.quantile(q) ?? 0) / 1000;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  };
  return answered.length === 0 ? undefined : { fresh: quantiles(answered.map(({ took }) => took * 1000)), live: quantiles(answered.map(({ recorded }) => recorded.latencyUs)) };
}
