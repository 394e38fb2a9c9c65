import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rolloutChecks } from '../../../server/contract/deployments.ts';
import type { RolloutCheck } from '../../../server/contract/rolloutCheck.ts';
import { judgeAfterSwitch } from '../../../server/deployments/rollouts/checks/afterSwitch.ts';
import type { Judged, TrafficCount } from '../../../server/deployments/rollouts/checks/check.ts';
import { runChecks } from '../../../server/deployments/rollouts/checks/checks.ts';
import { LatencySketch } from '../../../server/gateway/latencySketch.ts';

const limits = rolloutChecks.parse({});

/** Requests that took so many milliseconds each. */
function traffic(milliseconds: readonly number[], values: Partial<TrafficCount> = {}): TrafficCount {
  const latency = new LatencySketch();
  milliseconds.forEach((each) => latency.add(each * 1000));
  return { requests: milliseconds.length, errors: 0, refused: 0, latency, ...values };
}

/** A spread of latencies about a middle, in milliseconds. */
const around = (middle: number, count: number): number[] => Array.from({ length: count }, (_, index) => middle * (0.8 + (0.4 * index) / count));

function results(values: Partial<Judged>): Record<string, RolloutCheck> {
  const judged = { limits, fresh: traffic(around(20, 100)), live: traffic(around(20, 900)), answers: undefined, ...values };
  return Object.fromEntries(runChecks(judged).map((check) => [check.id, check]));
}

function check(id: string, values: Partial<Judged>): RolloutCheck {
  return results(values)[id] ?? assert.fail(`there is no check ${id}`);
}

describe('the checks of a new release', () => {
  it('are evaluated from the minimum of requests on, never below', () => {
    const states = Object.values(results({ fresh: traffic(around(900, 19), { errors: 19, refused: 19 }) })).map(({ state, message }) => [state, message]);
    assert.deepEqual(states, new Array(4).fill(['not-evaluated', '19 of at least 20 requests']));
  });

  it('fail for too many requests that fail', () => {
    const fresh = traffic(around(20, 20), { errors: 2 });
    assert.match(check('errors', { fresh, limits: { ...limits, maximumErrorRate: 0.05 } }).message, /2 of 20 requests .* \(10 %; at most 5 % is allowed\)/);
    assert.equal(check('errors', { fresh, limits: { ...limits, maximumErrorRate: 0.1 } }).state, 'passed');
  });

  it('fail when far more input is refused than the live release refuses, not for what clients send to both', () => {
    const refused = check('refusals', { fresh: traffic(around(20, 50), { refused: 25 }), live: traffic(around(20, 450), { refused: 2 }) });
    assert.equal(refused.state, 'failed');
    assert.match(refused.message, /refuses 25 of 50/);
    assert.equal(check('refusals', { fresh: traffic(around(20, 50), { refused: 6 }), live: traffic(around(20, 450), { refused: 45 }) }).state, 'passed');
  });

  it('fail for 300 ms more a request, by default, with twenty requests', () => {
    const slow = check('latency', { fresh: traffic(around(320, 20)), live: traffic(around(20, 180)) });
    assert.equal(slow.state, 'failed');
    assert.match(slow.message, /p50 latency is 15\.\d times/);
  });

  it('look at the tail where there are requests enough for it, and not at a single slow request', () => {
    const tail = [...around(20, 180), ...around(500, 20)];
    assert.match(check('latency', { fresh: traffic(tail), live: traffic(around(20, 900)) }).message, /p95 latency/);
    assert.equal(check('latency', { fresh: traffic([...around(20, 19), 5000]), live: traffic(around(20, 180)) }).state, 'passed');
  });

  it('do not take three milliseconds for slow because one was quick, and leave the latency out when told to', () => {
    assert.equal(check('latency', { fresh: traffic(around(3, 100)), live: traffic(around(1, 900)) }).state, 'passed');
    assert.equal(check('latency', { fresh: traffic(around(900, 100)), limits: { ...limits, maximumLatencyRatio: null } }).state, 'not-evaluated');
  });

  it('fail for constant answers, of labels and of numbers', () => {
    const labels = Array.from({ length: 300 }, (_, index) => Number(index % 4 === 0));
    const constant = check('predictions', { answers: { fresh: new Array<number>(60).fill(1), live: labels } });
    assert.equal(constant.state, 'failed');
    assert.match(constant.message, /100 % are \d, of the live release (?:25|75) %/);
    const swapped = check('predictions', { answers: { fresh: new Array<number>(69).fill(0), live: new Array<number>(85).fill(1) } });
    assert.match(swapped.message, /100 % are 0, of the live release 0 %/, 'what the new release answers is named');
    const numbers = Array.from({ length: 300 }, (_, index) => index / 7);
    assert.equal(check('predictions', { answers: { fresh: new Array<number>(60).fill(21), live: numbers } }).state, 'failed');
  });

  it('pass answers that are alike, and those of which chance says nothing', () => {
    const numbers = Array.from({ length: 300 }, (_, index) => (index * 37) % 101);
    assert.equal(check('predictions', { answers: { fresh: numbers.slice(0, 60), live: numbers } }).state, 'passed');
    const few = check('predictions', { answers: { fresh: [...new Array<number>(14).fill(0), ...new Array<number>(6).fill(1)], live: new Array<number>(40).fill(0) } });
    assert.equal(few.state, 'passed');
    assert.equal(check('predictions', { answers: { fresh: [1], live: numbers } }).state, 'not-evaluated');
    assert.equal(check('predictions', {}).state, 'not-evaluated');
  });
});

describe('a release that took over', () => {
  const states = (fresh: TrafficCount, before: TrafficCount): string[] => judgeAfterSwitch(limits, fresh, before).map(({ state }) => state);

  it('fails when half of its answers are model errors', () => {
    const [errors] = judgeAfterSwitch(limits, traffic(around(20, 40), { errors: 20 }), traffic(around(20, 900)));
    assert.equal(errors?.state, 'failed');
    assert.match(errors.message, /20 of 40 requests failed \(50 %\), of the release before 0 of 900/);
  });

  it('does not fail for one request, nor for what failed before as well, nor below the minimum', () => {
    assert.deepEqual(states(traffic(around(20, 20), { errors: 1 }), traffic(around(20, 900))), ['passed', 'passed']);
    assert.deepEqual(states(traffic(around(20, 100), { errors: 35 }), traffic(around(20, 900), { errors: 300 })), ['passed', 'passed']);
    assert.deepEqual(states(traffic(around(20, 19), { errors: 19 }), traffic([])), ['not-evaluated', 'not-evaluated']);
  });

  it('fails when it refuses what the release before took', () => {
    assert.deepEqual(states(traffic(around(20, 40), { refused: 40 }), traffic(around(20, 900))), ['passed', 'failed']);
  });
});
