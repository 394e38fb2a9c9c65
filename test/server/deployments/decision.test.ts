import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import type { CallInput } from '../../../server/contract/api.ts';
import { inferenceRecord, type InferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { listSegments } from '../../../server/gateway/segments.ts';
import { predict } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

/** The probability of 1 that the model gives for an `a`. */
const likely = (a: number): number => 1 / (1 + Math.exp(-a));

describe('the decision of a release', () => {
  let home: PreparedHome;
  before(async () => {
    home = await openPreparedHome();
    await home.start();
  });
  after(() => home.close());

  const deploy = async (serving: CallInput<'deploy'>['serving']): Promise<string> => {
    const rollout = await home.deploy({ name: 'decided', model: 'rule', version: home.versions.steady, serving });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    return rollout.to ?? assert.fail();
  };
  const logged = async (): Promise<InferenceRecord[]> =>
    (await listSegments(path.join(home.root, 'inference', 'decided'))).flatMap(({ file }) =>
      readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => inferenceRecord.parse(JSON.parse(line))),
    );

  it('is another answer of the same model, which its own smoke test compares, and goes back with a rollback', async () => {
    const first = await deploy({ threshold: 0.7 });
    const second = await deploy({ threshold: 0.3, method: 'both' });
    const { url } = await home.endpoint('decided');
    const both = await predict(url, 0);
    assert.deepEqual(both.predictions, [{ label: 1, probability: { 0: 0.5, 1: 0.5 } }]);
    const { differences } = await home.client().call('compareReleases', { from: first, to: second });
    assert.deepEqual(
      differences.map(({ part, key, before: old, after: current }) => [part, key, old, current]),
      [
        ['serving', 'method', 'as logged', 'both'],
        ['serving', 'threshold', '0.7', '0.3'],
      ],
    );
    const { rollout } = await home.client().call('rollBack', { name: 'decided' });
    assert.deepEqual([(await predict(url, 0)).predictions, (await predict(url, 1)).predictions], [[0], [1]]);
    await home.rollout(rollout.id, ({ state }) => state === 'succeeded');
    // The same release once more: its example is answered as it was the first time.
    assert.equal(await deploy({ threshold: 0.3, method: 'both' }), second);
  });

  it('is in the log with the score of each row, which clients do not get, and the monitoring counts labels', async () => {
    const records = await logged();
    assert.deepEqual(records.map(({ scores }) => scores), [[0.5], [0.5], [Number(likely(1).toPrecision(6))]]);
    const { url } = await home.endpoint('decided');
    const answer = await fetch(`${url}/invocations`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ inputs: { a: [-1, 1], b: [0, 0] } }) });
    assert.deepEqual([answer.headers.get('x-slipway-rows'), answer.headers.get('x-slipway-scores')], ['2', null]);
    const { predictions } = await home.client().call('getMonitoring', { name: 'decided' });
    assert.equal(predictions.live?.kind, 'categorical', JSON.stringify(predictions));
  });

  it('has its scores counted at each threshold, of the version that is asked for', async () => {
    const traffic = await home.client().call('getScoredTraffic', { name: 'decided', version: home.versions.steady });
    // 0, 0, 1, -1 and 1 were asked for.
    assert.deepEqual([traffic.requests, traffic.scoredRequests, traffic.rows], [4, 4, 5]);
    const reached = (threshold: number): number | undefined => traffic.atLeast[Math.round(threshold * 100)];
    assert.deepEqual([reached(0), reached(0.27), reached(0.5), reached(0.51), reached(0.73), reached(0.74), reached(1)], [5, 4, 4, 2, 2, 0, 0]);
    const [first] = await logged();
    assert.equal(traffic.from, first?.at);
    const other = await home.client().call('getScoredTraffic', { name: 'decided', version: home.versions.steady + 1 });
    assert.deepEqual([other.requests, other.rows, other.atLeast[0]], [0, 0, 0]);
  });

  it('may be followed by a function of its own, which is a part of the release', async () => {
    const after = (source: string): CallInput<'deploy'>['serving'] => ({ threshold: 0.3, after: { file: 'words.py', name: 'words', source } });
    const first = await deploy(after('def words(answers):\n    return ["yes" if answer else "no" for answer in answers]\n'));
    const { url } = await home.endpoint('decided');
    assert.deepEqual([(await predict(url, 0)).predictions, (await predict(url, -5)).predictions], [['yes'], ['no']]);
    const second = await deploy(after('def words(answers):\n    return [str(answer) for answer in answers]\n'));
    const { differences } = await home.client().call('compareReleases', { from: first, to: second });
    assert.deepEqual(differences.map(({ key }) => key), ['after']);
    assert.match(differences[0]?.after ?? '', /^words\.py:words, sha256 [0-9a-f]{12}$/);
  });

  it('is refused at the door where it says two things, or what no threshold can be', async () => {
    const refused = async (serving: CallInput<'deploy'>['serving'], field: string, message: RegExp): Promise<void> => {
      const asked = home.client().call('deploy', { name: 'decided', model: 'rule', version: home.versions.steady, serving });
      await assert.rejects(asked, (error) => CallFailure.is(error, 'invalid-input') && error.field === field && message.test(`${error.message} ${error.remedy ?? ''}`));
    };
    await refused({ threshold: 1.5 }, 'serving.threshold', /a number from 0 to 1, or one above 0/);
    await refused({ threshold: { yes: 0 } }, 'serving.threshold', /a number from 0 to 1, or one above 0/);
    await refused({ costs: [[0, 1], [5]] }, 'serving.costs', /a row and a column for each class/);
    await refused({ costs: [[0, 1], [5, 0]], threshold: 0.5 }, 'serving.costs', /either --threshold or --costs/);
    await refused({ method: 'predict_proba', threshold: 0.5 }, 'serving.method', /--method both/);
  });

  it('ends the rollout with what to do where the model has no such class, and what was live stays', async () => {
    const before = await home.endpoint('decided');
    const rollout = await home.deploy({ name: 'decided', model: 'rule', version: home.versions.steady, serving: { threshold: { yes: 0.5 } } });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /no class yes, for which there is a threshold; its classes are 0, 1\. Give --threshold for those/);
    assert.equal((await home.endpoint('decided')).liveRelease, before.liveRelease);
  });
});
