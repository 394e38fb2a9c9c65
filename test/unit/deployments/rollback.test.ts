import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EndpointRecord, LiveSpanRecord } from '../../../server/deployments/endpoints/endpointTable.ts';
import { neededOf, neededReplicas } from '../../../server/deployments/endpoints/needed.ts';
import { wayBack } from '../../../server/deployments/endpoints/wayBack.ts';
import { aimOf } from '../../../server/deployments/orders/rollbackAim.ts';
import type { ReplicaRecord } from '../../../server/deployments/replicas/replicaTable.ts';
import type { RolloutRecord } from '../../../server/deployments/rollouts/rolloutTable.ts';
import { planNamed, planShares } from '../../../server/deployments/endpoints/traffic.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { release, rolloutTo } from './records.ts';

/** A history of versions, the oldest first; a `!` says that it was rolled back from. */
function history(...versions: readonly (number | string)[]): { endpoint: EndpointRecord; spans: LiveSpanRecord[] } {
  const spans = versions.map((entry, index): LiveSpanRecord => {
    const version = Number.parseInt(String(entry), 10);
    const last = index === versions.length - 1;
    return { release: release(version), target: 'process', version, from: index, until: last ? undefined : index + 1, rolledBack: String(entry).endsWith('!') };
  });
  const live = spans.at(-1);
  return {
    endpoint: {
      name: 'churn',
      model: 'churn',
      target: 'process',
      replicaCount: 1,
      desired: 'running',
      live: live === undefined ? undefined : { release: live.release, version: live.version },
      createdAt: 0,
    },
    spans: spans.reverse(),
  };
}

describe('a rollback goes', () => {
  it('to the release that was live before', () => {
    const { endpoint, spans } = history(1, 2, 3);
    assert.equal(aimOf(endpoint, spans, undefined, undefined).span.version, 2);
  });

  it('further back the second time, not to what it came from', () => {
    const { endpoint, spans } = history(1, 2, '3!', 2);
    assert.equal(aimOf(endpoint, spans, undefined, undefined).span.version, 1);
  });

  it('back through the history, once a release, not back and forth', () => {
    const next = (...versions: readonly (number | string)[]): number | undefined => wayBack(history(...versions).spans)?.version;
    assert.equal(next(5, 6, 1, 2), 1);
    assert.equal(next(5, 6, 1, '2!', 1), 6);
    assert.equal(next(5, 6, 1, '2!', '1!', 6), 5);
    assert.equal(next(5, 6, 1, '2!', '1!', '6!', 5), undefined);
    assert.equal(next(1, 6, 1, '2!', '1!', 6), undefined);
    assert.equal(next(2, 1, '2!', 1), undefined);
  });

  it('over what earlier rollbacks have left, also after a deploy', () => {
    const next = (...versions: readonly (number | string)[]): number | undefined => wayBack(history(...versions).spans)?.version;
    assert.equal(next(6, 1, '2!', '1!', 6, 7), 6);
    assert.equal(next(6, 1, '2!', '1!', 6, '7!', 6), undefined);
    assert.equal(next(1, '2!', 1, 2), 1);
    assert.equal(next(1, 2, '3!', '2!', 3), 2);
    assert.equal(next(1, 1), undefined);
  });

  it('to a named release, also one that was rolled back from', () => {
    const { endpoint, spans } = history(1, '2!', 1);
    assert.equal(aimOf(endpoint, spans, undefined, release(2).slice(0, 8)).span.version, 2);
  });

  it('to the newest time of a named release that was live more than once', () => {
    const { endpoint, spans } = history(1, 2, 1, 3);
    for (const to of [release(1), release(1).slice(0, 8)]) {
      const { span } = aimOf(endpoint, spans, undefined, to);
      assert.deepEqual([span.version, span.from], [1, 2]);
    }
  });

  it('to the live release while a rollout has not switched', () => {
    const { endpoint, spans } = history(1, 2);
    const aim = aimOf(endpoint, spans, rolloutTo(3), undefined);
    assert.equal(aim.span.version, 2);
    assert.equal(aim.stays, true);
    assert.equal(aim.from.release, release(3));
  });

  it('to the release before once a rollout has switched', () => {
    const { endpoint, spans } = history(1, 2);
    const aim = aimOf(endpoint, spans, rolloutTo(2, { step: 'drain' }), undefined);
    assert.equal(aim.span.version, 1);
    assert.equal(aim.stays, false);
  });

  it('nowhere while a rollback to the same release is on its way', () => {
    const { endpoint, spans } = history(1, 2);
    const running = rolloutTo(1, { kind: 'rollback', step: 'ready', weight: 0 });
    for (const to of [undefined, release(1)]) {
      assert.throws(() => aimOf(endpoint, spans, running, to), (error) => Problem.is(error, 'conflict') && /is running/.test(error.message));
    }
  });

  it('nowhere when there is no earlier release, and says which one was left on purpose', () => {
    const first = history(1);
    assert.throws(() => aimOf(first.endpoint, first.spans, undefined, undefined), (error) => Problem.is(error, 'conflict'));
    const back = history(1, '2!', 1);
    assert.throws(
      () => aimOf(back.endpoint, back.spans, undefined, undefined),
      (error) => Problem.is(error, 'conflict') && /Version 2 was rolled back from/.test(error.remedy ?? ''),
    );
  });

  it('nowhere when the release was never live here or is live already', () => {
    const { endpoint, spans } = history(1, 2);
    assert.throws(() => aimOf(endpoint, spans, undefined, release(7)), (error) => Problem.is(error, 'not-found'));
    assert.throws(() => aimOf(endpoint, spans, undefined, release(2)), (error) => Problem.is(error, 'conflict'));
  });
});

/** A replica of a version, named by it. */
function replica(id: string, version: number, values: Partial<ReplicaRecord> = {}): ReplicaRecord {
  return {
    id,
    endpoint: 'churn',
    release: release(version),
    target: 'process',
    state: 'ready',
    addresses: [`${id}:1`],
    handle: undefined,
    identity: undefined,
    startedAt: 0,
    readyAt: 0,
    restarts: 0,
    retryAt: undefined,
    retiring: false,
    isolation: undefined,
    message: undefined,
    ...values,
  };
}

describe('what runs for an endpoint', () => {
  it('is the live release, the one before it, and the one that a rollout brings', () => {
    const { endpoint, spans } = history(1, 2, 3);
    const replicas = [replica('a', 1), replica('b', 2), replica('c', 3), replica('d', 3, { target: 'docker' }), replica('e', 4)];
    assert.deepEqual([...neededReplicas(replicas, neededOf(endpoint, spans, rolloutTo(4)))].sort(), ['b', 'c', 'e']);
  });

  it('is as many replicas of each as the endpoint has, those that answer first, and of a rollout as many as it brings', () => {
    const { endpoint, spans } = history(1, 2);
    const replicas = [
      replica('failed', 2, { state: 'failed' }),
      replica('retiring', 2, { retiring: true }),
      replica('a', 2),
      replica('b', 2),
      replica('c', 2),
      replica('warm', 1),
      ...['x', 'y', 'z', 'surplus'].map((id) => replica(id, 3)),
    ];
    const needed = neededReplicas(replicas, neededOf({ ...endpoint, replicaCount: 2 }, spans, rolloutTo(3, { replicaCount: 3 })));
    assert.deepEqual([...needed].sort(), ['a', 'b', 'warm', 'x', 'y', 'z']);
  });

  it('keeps warm what a rollback would go to, not what the last one left', () => {
    const { endpoint, spans } = history(1, 2, '3!', 2);
    const replicas = [replica('a', 1), replica('b', 2), replica('c', 3)];
    assert.deepEqual([...neededReplicas(replicas, neededOf(endpoint, spans, undefined))].sort(), ['a', 'b']);
    const last = history(1, '2!', 1);
    assert.deepEqual([...neededReplicas(replicas, neededOf(last.endpoint, last.spans, undefined))].sort(), ['a', 'b']);
  });

  it('is nothing when it is stopped', () => {
    const { endpoint, spans } = history(1, 2);
    assert.deepEqual([...neededReplicas([replica('a', 2)], neededOf({ ...endpoint, desired: 'stopped' }, spans, undefined))], []);
  });
});

describe('the traffic of an endpoint', () => {
  it('is shared with a canary and goes to the live release otherwise', () => {
    const { endpoint } = history(1);
    const weights = (rollout: RolloutRecord | undefined): number[] => planShares(endpoint, rollout).map(({ weight }) => weight);
    assert.deepEqual(weights(undefined), [100]);
    assert.deepEqual(weights(rolloutTo(2)), [80, 20]);
    assert.deepEqual(weights(rolloutTo(2, { weight: 0 })), [100]);
    assert.deepEqual(weights(rolloutTo(1, { weight: 100, step: 'drain' })), [100]);
  });

  it('goes by name to what is warm and to what comes and has no share yet', () => {
    const { endpoint, spans } = history(1, 2);
    const named = (rollout: RolloutRecord | undefined): number[][] => planNamed(endpoint, spans, rollout).map(({ version, weight }) => [version, weight]);
    assert.deepEqual(named(undefined), [[1, 0]]);
    assert.deepEqual(named(rolloutTo(3, { weight: 0 })), [[3, 0], [1, 0]]);
    assert.deepEqual(named(rolloutTo(3)), [[1, 0]]);
    assert.deepEqual(named(rolloutTo(3, { to: undefined, weight: 0 })), [[1, 0]]);
    assert.deepEqual(named(rolloutTo(1, { weight: 0 })), [[1, 0]]);
    assert.deepEqual(named(rolloutTo(2, { weight: 0 })), [[1, 0]]);
    assert.deepEqual(planNamed({ ...endpoint, desired: 'stopped' }, spans, undefined), []);
  });
});
