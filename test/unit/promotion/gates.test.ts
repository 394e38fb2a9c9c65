import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { GateId, GateSettings } from '../../../server/contract/gates.ts';
import type { Signature } from '../../../server/contract/registry.ts';
import type { Release } from '../../../server/contract/releases.ts';
import { policyOf } from '../../../server/governance/policy/modelPolicy.ts';
import { sha256OfFile } from '../../../server/platform/hash.ts';
import { takeBaseline } from '../../../server/monitoring/baseline.ts';
import { trainingDrift } from '../../../server/monitoring/baselines/trainingDrift.ts';
import type { LabelValue } from '../../../server/monitoring/labels/labelValue.ts';
import type { Judged, Verdict } from '../../../server/promotion/gates/gate.ts';
import { equalMassCalibration } from '../../../server/monitoring/labels/metrics/equalMassCalibration.ts';
import { improvement } from '../../../server/promotion/gates/changeGate.ts';
import { gateTable } from '../../../server/promotion/gates/gates.ts';
import type { Answers, JudgedRows } from '../../../server/promotion/judgedRows.ts';
import { runOwnCheck } from '../../../server/promotion/ownCheck.ts';
import { gatesOf } from '../../../server/promotion/runGates.ts';
import { readTable } from '../../../server/promotion/readTable.ts';

const classes = { answers: 'classes', threshold: 0.5 } as const;
const scores = { answers: 'scores', threshold: 0.5 } as const;

function rowsOf(labels: readonly LabelValue[], candidate: Answers, live: Answers | string = 'Production has no live release to compare with.', columns: Readonly<Record<string, readonly string[]>> = {}): JudgedRows {
  return { columns: new Map(Object.entries(columns)), labels, candidate, live, ask: () => Promise.resolve('is not asked.') };
}

function release(version: number, parts: Partial<Release> = {}): Release {
  const zeros = '0'.repeat(64);
  return {
    digest: zeros, createdAt: 0, model: { name: 'churn', version, digest: zeros, flavor: 'sklearn', files: [] }, data: [], environment: { sha256: zeros, python: '3.12', platform: 'linux', packages: [] },
    serving: { method: 'predict' } as Release['serving'], hasExample: true, ...parts,
  };
}

async function judge<Id extends GateId>(id: Id, settings: GateSettings[Id], given: Partial<Judged>): Promise<Verdict> {
  const judged: Judged = { version: { name: 'churn', version: 2 } as Judged['version'], release: release(2), live: release(1), rows: 'There are no rows.', latencies: () => Promise.resolve('No replica runs.'), throughput: () => Promise.resolve('No replica runs.'), training: () => Promise.resolve({ reason: 'nothing is known' }), own: () => Promise.resolve('No replica runs.'), ...given };
  const gate: { judge(judged: Judged, settings: GateSettings[Id]): Verdict | Promise<Verdict> } = gateTable[id];
  return gate.judge(judged, settings);
}

/** 100 rows of two groups: of `x` 50 of 50 are answered right, of `y` 35 of 50. */
const labels = Array.from({ length: 100 }, (_, row) => row % 2);
const groups = Array.from({ length: 100 }, (_, row) => (row < 50 ? 'x' : 'y'));
const weak: Answers = { form: classes, predictions: labels.map((label, row) => (row >= 85 ? 1 - label : label)) };
const right: Answers = { form: classes, predictions: labels };

describe('gates', () => {
  it('count the bytes of the model, the packages of its environment, and requests a second', async () => {
    const zeros = '0'.repeat(64);
    const large = release(2, {
      model: { ...release(2).model, files: [1_500_000, 700_000].map((bytes, index) => ({ path: `part-${index}`, sha256: zeros, bytes })) },
      environment: { ...release(2).environment, packages: [{ name: 'numpy', version: '2.4' }, { name: 'pandas', version: '3.1' }] },
    });
    assert.deepEqual(await judge('size', { modelMegabytes: 2.2, packages: 2 }, { release: large }), { state: 'passed', message: 'The model has 2.2 MB in 2 files, its environment 2 packages.' });
    assert.match((await judge('size', { modelMegabytes: 2.1, packages: 1 }, { release: large })).message, /at most 2\.1 MB and 1 package are asked for/);
    assert.equal((await judge('size', { packages: 1 }, { release: large })).state, 'failed');
    const throughput = (): ReturnType<Judged['throughput']> => Promise.resolve({ requests: 200, atOnce: 8, seconds: 0.5 });
    assert.deepEqual(await judge('throughput', { requestsPerSecond: 400 }, { throughput }), { state: 'passed', message: '400 requests a second of 200 with the recorded example, 8 at once.' });
    assert.match((await judge('throughput', { requestsPerSecond: 401 }, { throughput })).message, /at least 401 are asked for/);
  });

  it('never pass what they could not evaluate', async () => {
    for (const verdict of [
      judge('metric', { metric: 'accuracy', minimum: 0 }, {}),
      judge('change', { metric: 'accuracy', maximumLoss: 1 }, {}),
      judge('slices', { metric: 'accuracy', columns: ['group'], minimum: 0 }, {}),
      judge('calibration', { maximumError: 1 }, {}),
      judge('fairness', { column: 'group' }, {}),
      judge('robustness', {}, {}),
      judge('latency', { p99Milliseconds: 1e9 }, {}),
      judge('throughput', { requestsPerSecond: 1e-9 }, {}),
      judge('size', {}, {}),
      judge('integrity', { maximumDuplicates: 1 }, {}),
      judge('drift', { maximumDistance: 1 }, {}),
      judge('drift', { maximumDistance: 1 }, { live: undefined }),
      judge('drift', {}, {}),
      judge('own', { command: ['true'] }, {}),
      judge('own', {}, {}),
    ]) {
      assert.equal((await verdict).state, 'not-evaluated');
    }
    // What a policy leaves open is no bound that everything keeps.
    for (const id of ['metric', 'change', 'slices', 'calibration', 'fairness', 'latency', 'throughput'] as const) {
      assert.equal((await judge(id, {}, { rows: rowsOf(labels, right, right, { group: groups }), latencies: () => Promise.resolve([1]), throughput: () => Promise.resolve({ requests: 1, atOnce: 1, seconds: 1 }) })).state, 'not-evaluated', id);
    }
  });

  it('are asked for by their names alone, beside what the tier says of them', () => {
    const gates = { schema: {}, robustness: {} };
    const policy = policyOf({ name: 'churn', file: '/churn/slipway.yaml', adoptedAt: 0, line: 1, endLine: 9, lineOf: (key) => (key === 'gates.robustness' ? 5 : 1), entry: { tier: 'standard', gates } });
    assert.deepEqual([gatesOf(policy), policy.entry.gates], [['schema', 'robustness'], { schema: { allowBreaking: false }, robustness: {} }]);
    assert.deepEqual([policy.sourceOf('gates.robustness'), gates], ['/churn/slipway.yaml:5', { schema: {}, robustness: {} }]);
  });

  it('hold a metric within bounds, with its interval and its rows', async () => {
    const rows = rowsOf(labels, weak);
    assert.equal((await judge('metric', { metric: 'accuracy', minimum: 0.85 }, { rows })).state, 'passed');
    const verdict = await judge('metric', { metric: 'accuracy', minimum: 0.9 }, { rows });
    assert.equal(verdict.state, 'failed');
    // Wilson's interval of 85 of 100.
    assert.match(verdict.message, /^Accuracy 0\.85 \(95 % 0\.76\d* to 0\.90\d*, 100 rows\); at least 0\.9 is asked for\.$/);
    assert.equal((await judge('metric', { metric: 'mae', maximum: 1 }, { rows })).state, 'not-evaluated', 'no metric of classes');
  });

  it('judge the weakest slice, and tell those that are too small', async () => {
    const named = groups.map((group, row) => (row < 5 ? 'few' : group));
    const rows = rowsOf(labels, weak, undefined, { group: named });
    const verdict = await judge('slices', { metric: 'accuracy', columns: ['group'], minimum: 0.8 }, { rows });
    assert.equal(verdict.state, 'failed');
    assert.match(verdict.message, /weakest is group = y: Accuracy 0\.7 .*50 rows\), of 2 slices; 1 with fewer than 30 rows are not judged; at least 0\.8/);
    assert.equal((await judge('slices', { metric: 'accuracy', columns: ['group'], minimum: 0.7 }, { rows })).state, 'passed');
    assert.equal((await judge('slices', { metric: 'accuracy', columns: ['nothing'], minimum: 0 }, { rows })).state, 'not-evaluated');
  });

  it('compare with the live release on the same rows, and take chance for no loss', async () => {
    const better = await judge('change', { metric: 'accuracy' }, { rows: rowsOf(labels, right, weak) });
    assert.equal(better.state, 'passed');
    assert.match(better.message, /Accuracy 1 beside 0\.85 of version 1 on the same 100 rows: better by 0\.15/);
    assert.equal((await judge('change', { metric: 'accuracy', maximumLoss: 0.1 }, { rows: rowsOf(labels, weak, right) })).state, 'failed');
    assert.equal((await judge('change', { metric: 'accuracy' }, { rows: rowsOf(labels, weak, weak) })).state, 'passed', 'the same answers are no loss');
    const few = { rows: rowsOf(labels.slice(0, 20), { form: classes, predictions: labels.slice(0, 20) }, { form: classes, predictions: labels.slice(0, 20) }) };
    assert.equal((await judge('change', { metric: 'accuracy' }, few)).state, 'not-evaluated');
  });

  it('know the error of a difference of two correlated AUCs', () => {
    const truth = [1, 1, 1, 0, 0, 0];
    const first: Answers = { form: scores, predictions: [0.9, 0.5, 0.8, 0.6, 0.2, 0.1] };
    const second: Answers = { form: scores, predictions: [0.5, 0.9, 0.8, 0.6, 0.2, 0.1] };
    const { value, error } = improvement('auc', rowsOf(truth, first, second), first, second);
    // The placements of positive rows differ by 1/3, -1/3 and 0, whose mean is 0 and variance 1/9; those of negative rows not at all.
    assert.ok(Math.abs(value) < 1e-12);
    assert.ok(Math.abs(error - Math.sqrt(1 / 9 / 3)) < 1e-12, String(error));
  });

  it('put scores into bins of equal mass as scikit-learn does', () => {
    // calibration_curve(truth, scores, n_bins=3, strategy='quantile') of scikit-learn 1.9.1: [0, 2/3, 1] and [0.2, 0.58333333, 0.9].
    const nine = equalMassCalibration(Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1, 1), Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1), 3);
    const expected = [[3, 0.2, 0], [3, 1.75 / 3, 2 / 3], [3, 0.9, 1]];
    nine.bins.forEach(({ rows, meanScore, positives }, index) => [rows, meanScore, positives].forEach((value, part) => assert.ok(Math.abs(value - (expected[index]?.[part] ?? NaN)) < 1e-12, `${index}: ${value}`)));
    assert.ok(Math.abs(nine.error - (0.2 + 0.25 / 3 + 0.1) / 3) < 1e-12, String(nine.error));
    assert.equal(nine.interval, undefined, 'too few rows');
    // The edge is the median itself, which belongs to the bin below it.
    assert.deepEqual(equalMassCalibration(Uint8Array.of(0, 1, 0, 1, 1), Float64Array.of(0.5, 0.1, 0.4, 0.2, 0.3), 2).bins.map(({ rows }) => rows), [3, 2]);
    // All of one score stay together.
    assert.deepEqual(equalMassCalibration(Uint8Array.of(0, 1, 0, 1), Float64Array.of(0.75, 0.75, 0.75, 0.75), 10).bins, [{ rows: 4, meanScore: 0.75, positives: 0.5 }]);
  });

  it('hold the calibration error of probabilities, with its interval and what chance would show', async () => {
    // 20 rows of 0.2 with 6 positives, 20 of 0.6 with 10: gaps of 0.1 in both bins, to either side.
    const truth = Array.from({ length: 40 }, (_, row) => Number(row < 6 || row >= 30));
    const rows = rowsOf(truth, { form: scores, predictions: truth.map((_, row) => (row < 20 ? 0.2 : 0.6)) });
    const verdict = await judge('calibration', { maximumError: 0.05, bins: 2 }, { rows });
    assert.equal(verdict.state, 'failed');
    // Squares of signed gaps add up to 6 × 0.64 + 14 × 0.04 + 10 × 0.16 + 10 × 0.36 = 9.6: 0.1 ± 1.96 √((9.6 - 40 × 0.01) / 39 / 40). Chance: √(2/π) (√3.2 + √4.8) / 40.
    assert.equal(verdict.message, 'Expected calibration error 0.1 (95 % 0 to 0.2505, 40 rows in 2 bins of equal mass); at most 0.05 is asked for, about 0.07938 is to be expected of probabilities that are right.');
    assert.equal((await judge('calibration', { maximumError: 0.11, bins: 2 }, { rows })).state, 'passed');
    // Class names: the second of two is the one that scores are of.
    const named = rowsOf(truth.map((label) => (label === 1 ? 'yes' : 'no')), { form: scores, predictions: truth });
    assert.match((await judge('calibration', { maximumError: 0 }, { rows: named })).message, /^Expected calibration error 0 \(40 rows in \d bins? of equal mass\)/);
    assert.deepEqual(await judge('calibration', { maximumError: 1 }, { rows: rowsOf(labels, right) }), { state: 'not-evaluated', message: 'The candidate does not answer the probability of one of two classes: ask for it with --method predict_proba.' });
    assert.equal((await judge('calibration', { maximumError: 1 }, { rows: rowsOf(truth.slice(0, 29), { form: scores, predictions: truth.slice(0, 29) }) })).state, 'not-evaluated');
  });

  it('find a group that is answered positively less than four fifths as often', async () => {
    // 20 of 50 of x against 25 of 50 of y: 0.8 exactly, which is enough.
    const says = (x: number): Answers => ({ form: classes, predictions: groups.map((group, row) => (group === 'x' ? Number(row < x) : Number(row < 75))) });
    const rows = (x: number, named = groups): JudgedRows => rowsOf(labels, says(x), undefined, { group: named });
    assert.equal((await judge('fairness', { column: 'group' }, { rows: rows(20) })).state, 'passed');
    const verdict = await judge('fairness', { column: 'group' }, { rows: rows(19) });
    assert.equal(verdict.state, 'failed');
    assert.match(verdict.message, /0\.38 of x \(50 rows\), 0\.5 of y \(50 rows\), ratio 0\.76/);
    assert.equal((await judge('fairness', { column: 'group', minimumRows: 60 }, { rows: rows(20) })).state, 'not-evaluated', 'groups are too small to be judged');
  });

  it("compare signatures for today's callers", async () => {
    const column = (name: string, type: string) => ({ name, type, required: true });
    const signed = (version: number, ...inputs: ReturnType<typeof column>[]): Release => release(version, { signature: { inputs, outputs: [], params: [] } as unknown as NonNullable<Release['signature']> });
    const live = signed(1, column('a', 'long'));
    assert.equal((await judge('schema', {}, { live, release: signed(2, column('a', 'double')) })).state, 'passed');
    const more = signed(2, column('a', 'long'), column('b', 'long'));
    assert.match((await judge('schema', { allowBreaking: false }, { live, release: more })).message, /^It would break today's callers: 1 input is new and required \(b\)/);
    assert.equal((await judge('schema', { allowBreaking: true }, { live, release: more })).state, 'passed');
    assert.equal((await judge('schema', {}, { live: release(1), release: more })).state, 'not-evaluated');
    assert.equal((await judge('schema', {}, { live: undefined, release: more })).state, 'passed');
  });

  it('ask rows again with optional inputs missing and unseen categories, and count the answers that change', async () => {
    const signature = { inputs: [{ name: 'plan', type: 'string', required: true }, { name: 'age', type: 'double', required: false }, { name: 'size', type: 'double', required: true }], outputs: [] };
    const plans = Array.from({ length: 300 }, (_, row) => (row % 2 === 0 ? 'gold' : 'slipway-unseen'));
    const ofPlans = (given: readonly string[]): Answers => ({ form: classes, predictions: given.map((plan) => Number(plan === 'gold')) });
    const asked: { readonly plan: string | undefined; readonly age: string | undefined; readonly rows: number }[] = [];
    const rows: JudgedRows = {
      ...rowsOf(plans.map((plan) => Number(plan === 'gold')), ofPlans(plans), undefined, { plan: plans, age: plans.map(() => '7'), size: plans.map(() => '1') }),
      ask(columns) {
        const given = columns.get('plan') ?? [];
        asked.push({ plan: given[1], age: columns.get('age')?.[1], rows: given.length });
        return Promise.resolve(ofPlans(given));
      },
    };
    const given = { rows, release: release(2, { signature }) };
    const message = '200 rows are answered with 1 optional input missing and unseen categories in 1 text input, one at a time; most answers change with an unseen plan: 100 (50%)';
    assert.deepEqual(await judge('robustness', {}, given), { state: 'passed', message: `${message}.` });
    assert.deepEqual(asked, [{ plan: 'slipway-unseen-', age: '7', rows: 200 }, { plan: 'slipway-unseen', age: '', rows: 200 }], 'evenly over the rows, one input at a time');
    assert.deepEqual(await judge('robustness', { maximumChanged: 0.4 }, given), { state: 'failed', message: `${message}; at most 40% may.` });
    assert.match((await judge('robustness', { columns: ['age'], maximumChanged: 0 }, given)).message, /one at a time; no answers change\.$/);
    const refused: JudgedRows = { ...rows, ask: (columns) => Promise.resolve(columns.get('age')?.[0] === '' ? 'cannot answer 200 of 200 evaluation rows: no age.' : ofPlans(columns.get('plan') ?? [])) };
    assert.deepEqual(await judge('robustness', {}, { ...given, rows: refused }), { state: 'failed', message: 'With age missing the candidate cannot answer 200 of 200 evaluation rows: no age.' });
    const likely = (share: number): Answers => ({ form: scores, predictions: plans.slice(0, 200).map(() => share) });
    const scored = (share: number): Promise<Verdict> => judge('robustness', { maximumChanged: 0 }, { ...given, rows: { ...rows, candidate: { form: scores, predictions: plans.map(() => 0.6) }, ask: () => Promise.resolve(likely(share)) } });
    assert.deepEqual([(await scored(0.9)).state, (await scored(0.4)).state], ['passed', 'failed'], 'a probability changes the answer where it crosses the threshold');
    for (const verdict of [
      judge('robustness', { columns: ['size'] }, given),
      judge('robustness', {}, { rows, release: release(2, { signature: { ...signature, inputs: signature.inputs.slice(2) } }) }),
      judge('robustness', {}, { rows, release: release(2) }),
    ]) {
      assert.equal((await verdict).state, 'not-evaluated', (await verdict).message);
    }
  });

  it('hold the p99 of requests', async () => {
    const latencies = (): Promise<readonly number[]> => Promise.resolve([...Array.from({ length: 98 }, () => 2), 40, 50]);
    assert.equal((await judge('latency', { p99Milliseconds: 40 }, { latencies })).state, 'passed');
    assert.equal((await judge('latency', { p99Milliseconds: 39 }, { latencies })).state, 'failed');
  });

  it('run a command of the policy in its folder, and tell its last line', async () => {
    const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'slipway-own-')));
    const running = new AbortController();
    const own: Judged['own'] = (check) => runOwnCheck(check, folder, { SLIPWAY_MODEL: 'churn' }, running.signal);
    const node = (script: string, timeoutSeconds = 60): Promise<Verdict> => judge('own', { command: [process.execPath, '-e', script], timeoutSeconds }, { own });
    try {
      assert.deepEqual(await node("console.log('first'); console.log(process.env.SLIPWAY_MODEL, process.cwd()); console.log()"), { state: 'passed', message: `churn ${folder}` });
      assert.deepEqual(await node("console.error('warned'); console.log('fine')"), { state: 'passed', message: 'fine' });
      assert.deepEqual(await node("console.error('2 of 9 prices\\u001b[31m are wrong'); process.exitCode = 3"), { state: 'failed', message: '2 of 9 prices [31m are wrong (ended with 3)' });
      assert.deepEqual(await node(''), { state: 'passed', message: 'It ended with 0 and wrote nothing.' });
      // Twelve megabytes in one line, of which no more than some hundred characters are told.
      const long = await node("process.stdout.write('x'.repeat(12e6) + '\\nend ' + 'y'.repeat(5000))");
      assert.deepEqual([long.state, long.message], ['passed', `end ${'y'.repeat(496)}`]);
      assert.deepEqual(await judge('own', { command: [process.execPath, '-e', 'setInterval(() => 0, 1000)'], timeoutSeconds: 1 }, { own }), { state: 'not-evaluated', message: `${process.execPath} did not end within 1 s.` });
      assert.match((await judge('own', { command: ['slipway-no-such-program'] }, { own })).message, /^slipway-no-such-program was not found/);
      assert.equal((await judge('own', { command: ['slipway-no-such-program'] }, { own })).state, 'not-evaluated');
      running.abort();
      await assert.rejects(node(''), /Cancelled/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    assert.match((await judge('own', { command: ['true'] }, { own: (check) => runOwnCheck(check, folder, {}, new AbortController().signal) })).message, /^There is no folder/);
  });

  describe('of training data', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-gates-'));
    const training = path.join(folder, 'train.csv');
    let data: Release['data'];
    before(async () => {
      writeFileSync(training, 'a,b,label\n1,1,0\n2,2,1\n2,2,1\n3,3,0\n');
      data = [{ path: training, sha256: await sha256OfFile(training) } as Release['data'][number]];
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('count what is there twice, and evaluation rows that were trained on', async () => {
      const rows = rowsOf([1, 0], { form: classes, predictions: [1, 0] }, undefined, { a: ['2', '9'], b: ['2', '9'], other: ['x', 'y'] });
      assert.match((await judge('integrity', { maximumDuplicates: 0.2 }, { release: release(2, { data }) })).message, /25% of 4 training rows are there twice; at most 20%/);
      const overlap = await judge('integrity', { maximumDuplicates: 0.5, maximumOverlap: 0 }, { release: release(2, { data }), rows });
      assert.deepEqual([overlap.state, /50% of 2 evaluation rows are training rows/.test(overlap.message)], ['failed', true], overlap.message);
      assert.equal((await judge('integrity', { maximumOverlap: 0.5 }, { release: release(2, { data }), rows })).state, 'passed');
    });

    it('name the features that moved since those of the live release', async () => {
      const header = (rows: readonly string[]): string => `age,size,plan,label\n${rows.join('\n')}\n`;
      // Ages of 100 to 199 instead of 0 to 199: half of the rows have moved. Of plans a fifth.
      const files = {
        before: header(Array.from({ length: 200 }, (_, row) => `${row},${row % 10},${row % 2 === 0 ? 'gold' : 'basic'},${row % 2}`)),
        now: header(Array.from({ length: 200 }, (_, row) => `${100 + (row % 100)},${row % 10},${row % 10 < 7 ? 'gold' : 'basic'},${row % 2}`)),
        few: header(Array.from({ length: 99 }, (_, row) => `${row},1,gold,0`)),
      };
      const column = (name: string, type: string) => ({ name, type, required: true });
      const signature: Signature = { inputs: [column('age', 'double'), column('size', 'long'), column('plan', 'string')], outputs: [column('label', 'long')] };
      const profiled = async (name: keyof typeof files, inputs = signature.inputs, kind: 'training-files' | 'sagemaker' = 'training-files'): Promise<Parameters<typeof trainingDrift>[0]> => {
        const file = path.join(folder, `${name}.csv`);
        writeFileSync(file, files[name]);
        const baseline = await takeBaseline({ signature: { ...signature, inputs }, data: [{ path: file, sha256: await sha256OfFile(file) } as Release['data'][number]], example: undefined });
        return { baseline, described: { id: name, origin: kind === 'sagemaker' ? { kind, path: '/s.json' } : { kind }, rows: 200, columns: inputs.length, takenAt: 0, isChosen: true } };
      };
      const drift = async (settings: GateSettings['drift'], candidate: ReturnType<typeof profiled>, live: ReturnType<typeof profiled>): Promise<Verdict> => {
        const found = trainingDrift(await candidate, await live);
        return judge('drift', settings, { training: () => Promise.resolve(found) });
      };
      const which = /^Training data of version 2 \(200 rows of the data file that its run names\) beside the baseline of version 1 \(200 rows of the data file that its run names\): /;
      const moved = await drift({ maximumDistance: 0.1 }, profiled('now'), profiled('before'));
      assert.deepEqual([moved.state, moved.message.replace(which, '')], ['failed', '2 of 3 features moved by more than 0.1: age by 0.5, plan by 0.2.']);
      const within = await drift({ maximumDistance: 0.5 }, profiled('now'), profiled('before'));
      assert.deepEqual([within.state, within.message.replace(which, '')], ['passed', 'none of 3 features moved by more than 0.5, the farthest is age by 0.5.']);
      assert.equal((await drift({ maximumDistance: 0.1, columns: ['size'] }, profiled('now'), profiled('before'))).state, 'passed');
      const fewer = await drift({ maximumDistance: 0.1, columns: ['size', 'plan'] }, profiled('before', signature.inputs.slice(0, 2)), profiled('before'));
      assert.deepEqual([fewer.state, fewer.message.replace(which, '')], ['passed', 'none of 1 feature moved by more than 0.1, the farthest is size by 0; only one of them has plan.']);
      // None of these is a pass, whatever the bound.
      const few = await drift({ maximumDistance: 1 }, profiled('few'), profiled('before'));
      assert.deepEqual([few.state, few.message.includes('age (99 values; 100 are needed)')], ['not-evaluated', true], few.message);
      assert.equal((await drift({ maximumDistance: 1, columns: ['nothing'] }, profiled('now'), profiled('before'))).state, 'not-evaluated');
      assert.match((await drift({ maximumDistance: 1 }, profiled('now', signature.inputs, 'sagemaker'), profiled('before'))).message, /the training data of the candidate is not known/);
      assert.match((await drift({ maximumDistance: 1 }, profiled('now'), Promise.resolve(undefined))).message, /the live release has no baseline/);
    });

    it('are not taken from a file that has changed since', async () => {
      const changed = [{ ...data[0], sha256: '1'.repeat(64) } as Release['data'][number]];
      assert.equal((await judge('integrity', { maximumDuplicates: 1 }, { release: release(2, { data: changed }) })).state, 'not-evaluated');
      await assert.rejects(readTable(training, '1'.repeat(64)), /is not what it was/);
    });
  });
});
