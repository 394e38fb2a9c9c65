import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ColumnSummary } from '../../../server/contract/columnSummary.ts';
import { baselineRoutes, describedBaseline, type DescribedBaseline } from '../../../server/contract/baselines.ts';
import { monitoringRoutes } from '../../../server/contract/monitoring.ts';
import type { DataReference } from '../../../server/contract/notebooks.ts';
import { predict, releaseA, releaseB, routeOver } from '../gateway/harness.ts';
import { startReplica, type TestReplica } from '../gateway/replica.ts';
import { churnSignature, openTestMonitoring, releaseOf, type TestMonitoring } from './harness.ts';

interface Customer {
  readonly age: number | null;
  readonly charges: number;
  readonly contract: string;
}

function reference(file: string, content: string): DataReference {
  writeFileSync(file, content);
  const { size, mtimeMs } = statSync(file);
  return { path: file, sha256: createHash('sha256').update(content).digest('hex'), bytes: size, modifiedAt: Math.trunc(mtimeMs) };
}

function numeric(summary: ColumnSummary | null | undefined): Extract<ColumnSummary, { kind: 'numeric' }> {
  assert.equal(summary?.kind, 'numeric');
  return summary;
}

function categorical(summary: ColumnSummary | null | undefined): Extract<ColumnSummary, { kind: 'categorical' }> {
  assert.equal(summary?.kind, 'categorical');
  return summary;
}

const near = (actual: number | null | undefined, expected: number): void => {
  assert.ok(actual !== null && actual !== undefined && Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
};

const training = [
  'age,charges,contract,churned',
  '20,10.5,monthly,1',
  '30,20.5,yearly,0',
  '40,30.5,monthly,0',
  ',40.5,two-year,1',
  '50,110.5,monthly,0',
  '',
].join('\n');

describe('the statistics of live traffic', () => {
  let monitored: TestMonitoring;
  let replica: TestReplica;
  before(async () => {
    monitored = await openTestMonitoring();
    // Predicts 1 for each row of a monthly contract; refuses a body with `refuse`, fails one with `fail`.
    // Its model raises on a body with `raise`, as the model server tells it.
    replica = await startReplica('r', (_request, response, body) => {
      const text = body.toString('utf8');
      const raised = text.includes('raise');
      const status = text.includes('refuse') || raised ? 400 : text.includes('fail') ? 500 : 200;
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(raised ? { 'x-slipway-outcome': 'model-error' } : {}),
        ...(status === 200 || raised ? { 'x-slipway-rows': String((text.match(/"age"/g) ?? []).length) } : {}),
      });
      response.end(status === 200 ? JSON.stringify({ predictions: (text.match(/monthly|yearly/g) ?? []).map((word) => (word === 'monthly' ? 1 : 0)) }) : '{}');
    });
    const data = reference(path.join(monitored.test.home.root, 'churn.csv'), training);
    for (const digest of [releaseA, releaseB]) {
      monitored.releases.set(digest, releaseOf(digest, churnSignature, [data]));
    }
  });
  after(async () => {
    await monitored.close();
    await replica.close();
  });

  const open = async (name: string): Promise<string> => {
    monitored.live.set(name, releaseA);
    await monitored.test.route(name, routeOver([releaseA, 100, [replica]]));
    return monitored.test.control.url(name);
  };

  it('are those of exactly the rows that were sent, in each form of body', async () => {
    const url = await open('forms');
    const customers: Customer[] = Array.from({ length: 60 }, (_, index) => ({
      age: index % 7 === 0 ? null : 18 + ((index * 13) % 60),
      charges: 15 + ((index * 37) % 1200) / 10,
      contract: index % 3 === 0 ? 'yearly' : 'monthly',
    }));
    const fields = (customer: Customer): (number | string | null)[] => [customer.age, customer.charges, customer.contract];
    const names = ['age', 'charges', 'contract'];
    const parts = [0, 1, 2, 3, 4].map((part) => customers.filter((_, index) => index % 5 === part));
    const [split = [], records = [], instances = [], columns = [], lines = []] = parts;
    for (const customer of split) {
      assert.equal((await predict(url, { dataframe_split: { columns: names, data: [fields(customer)] } })).status, 200);
    }
    await predict(url, { dataframe_records: records });
    await predict(url, { instances });
    await predict(url, { inputs: Object.fromEntries(names.map((name, index) => [name, columns.map((customer) => fields(customer)[index])])) });
    const csv = [names.join(','), ...lines.map((customer) => fields(customer).map((field) => field ?? '').join(','))].join('\n');
    await fetch(`${url}/invocations`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: csv });

    const { total, features, predictions } = await monitored.getMonitoring('forms');
    assert.equal(total.requests, split.length + 4);
    assert.equal(total.rows, customers.length);
    assert.equal(total.clientErrors + total.serverErrors, 0);
    assert.deepEqual(features.map(({ name, type }) => [name, type]), [['age', 'long'], ['charges', 'double'], ['contract', 'string']]);

    const charges = numeric(features[1]?.live);
    const sum = customers.reduce((all, customer) => all + customer.charges, 0);
    const mean = sum / customers.length;
    assert.equal(charges.count, customers.length);
    near(charges.mean, mean);
    near(charges.std, Math.sqrt(customers.reduce((all, customer) => all + (customer.charges - mean) ** 2, 0) / customers.length));
    assert.equal(charges.min, Math.min(...customers.map((customer) => customer.charges)));
    assert.equal(charges.max, Math.max(...customers.map((customer) => customer.charges)));
    // Twenty bins of five between the training data's 10.5 and 110.5.
    assert.equal(charges.histogram?.edges.length, 21);
    const counts = new Array<number>(20).fill(0);
    for (const { charges: value } of customers.filter((customer) => customer.charges <= 110.5)) {
      const bin = Math.min(19, Math.floor((value - 10.5) / 5));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    assert.deepEqual(charges.histogram.counts, counts);
    assert.equal(charges.histogram.above, customers.filter((customer) => customer.charges > 110.5).length);
    assert.equal(charges.histogram.below, 0);

    const age = numeric(features[0]?.live);
    const ages = customers.flatMap((customer) => (customer.age === null ? [] : [customer.age]));
    assert.deepEqual([age.count, age.missing, age.invalid], [ages.length, customers.length - ages.length, 0]);
    near(age.mean, ages.reduce((all, value) => all + value, 0) / ages.length);

    const contract = categorical(features[2]?.live);
    const monthly = customers.filter((customer) => customer.contract === 'monthly').length;
    assert.deepEqual(contract.top, [{ value: 'monthly', count: monthly }, { value: 'yearly', count: customers.length - monthly }]);
    assert.deepEqual([contract.count, contract.distinct, contract.other], [customers.length, 2, 0]);
    const predicted = categorical(predictions.live);
    assert.deepEqual(predicted.top, [{ value: '1', count: monthly }, { value: '0', count: customers.length - monthly }]);
  });

  it('stand beside those of the training data', async () => {
    const url = await open('baseline');
    await predict(url, { dataframe_split: { columns: ['age', 'charges', 'contract'], data: [[30, 20.5, 'monthly']] } });
    const { features, predictions, baselineSource } = await monitored.getMonitoring('baseline');
    assert.equal(baselineSource, 'training-data');
    const age = numeric(features[0]?.baseline);
    assert.deepEqual([age.count, age.missing, age.mean, age.min, age.max], [4, 1, 35, 20, 50]);
    const contract = categorical(features[2]?.baseline);
    assert.deepEqual(contract.top[0], { value: 'monthly', count: 3 });
    // `churned` is the only column that is no input.
    assert.deepEqual(categorical(predictions.baseline).top, [{ value: '0', count: 3 }, { value: '1', count: 2 }]);
    assert.deepEqual(numeric(features[1]?.live).histogram?.edges, numeric(features[1]?.baseline).histogram?.edges);
  });

  it('say how far the values of a release are from its baseline, and of which rows', async () => {
    const rows = Array.from({ length: 600 }, (_, index) => ({ age: 20 + (index % 10), charges: index / 10, contract: index % 2 === 0 ? 'monthly' : 'yearly' }));
    const file = ['age,charges,contract,churned', ...rows.map(({ age, charges, contract }) => [age, charges, contract, 0].join(',')), ''].join('\n');
    const [digest, other] = ['d'.repeat(64), 'e'.repeat(64)];
    const data = reference(path.join(monitored.test.home.root, 'drift.csv'), file);
    for (const each of [digest, other]) {
      monitored.releases.set(each, releaseOf(each, churnSignature, [data]));
    }
    monitored.live.set('drift', digest);
    const url = monitored.test.control.url('drift');
    // What another release got is in the figures of the endpoint, and not in the drift of this one.
    await monitored.test.route('drift', routeOver([other, 100, [replica]]));
    await predict(url, { dataframe_records: rows.slice(0, 100) });
    await monitored.test.route('drift', routeOver([digest, 100, [replica]]));
    await predict(url, { dataframe_records: rows.slice(0, 30) });
    const few = await monitored.getMonitoring('drift');
    assert.deepEqual(few.features[0]?.drift[0]?.result, { kind: 'not-evaluated', reason: '30 rows; 250 are needed' });
    assert.match(few.verdict?.sentence ?? '', /^Not evaluated: 30 values; 50 are needed/);
    // Six of ten contracts are monthly, where half of them were, and charges are a third of what they were: so far from them that the
    // values which a minute happens to draw for its sample tell it.
    const cheaper = rows.slice(30, 500).map((row) => ({ ...row, charges: row.charges / 3 }));
    await predict(url, { dataframe_records: [...cheaper, ...rows.slice(0, 100).map((row) => ({ ...row, contract: 'monthly' }))] });
    const { features, driftCovers, total, to, verdict } = await monitored.getMonitoring('drift');
    assert.ok(verdict !== undefined);
    assert.deepEqual([verdict.kind, verdict.isWell, verdict.suspects.map(({ name }) => name)], ['inputs-moved', false, ['charges']]);
    assert.match(verdict.sentence, /^charges \(mean 30 → 7\.8\) has moved: data drift; predictions are not evaluated: 0 answers before this span, and 200 are needed to compare with\./);
    assert.equal(total.rows, 700);
    assert.deepEqual([driftCovers?.release, driftCovers?.rows], [digest, 600]);
    assert.ok(driftCovers !== null && driftCovers.from < driftCovers.to && driftCovers.to <= to);
    const [age, charges, contract] = features.map(({ drift }) => drift.find(({ isDefault }) => isDefault));
    assert.ok(age?.result.kind === 'evaluated' && contract?.result.kind === 'evaluated' && charges?.result.kind === 'evaluated');
    assert.deepEqual([age.method, age.label, age.rows], ['psi', 'PSI', 600]);
    near(age.result.statistic, 0);
    const monthly = 350 / 600;
    near(contract.result.statistic, (monthly - 0.5) * Math.log(monthly / 0.5) + (0.5 - monthly) * Math.log((1 - monthly) / 0.5));
    assert.ok(charges.result.statistic > 0.1);
  });

  it('say of one feature what every method makes of it, of the values themselves', async () => {
    const drift = async (feature: string): Promise<ReturnType<typeof monitoringRoutes.getDrift.output.parse>> => {
      const response = await monitored.get(`/endpoints/drift/drift?feature=${feature}`);
      assert.equal(response.status, 200);
      return monitoringRoutes.getDrift.output.parse(await response.json());
    };
    const charges = await drift('charges');
    assert.equal(charges.evidentlyDefault, 'ks');
    const [ks, chi] = ['ks', 'chi-square'].map((method) => charges.drift.find((figure) => figure.method === method));
    // A minute keeps up to 256 of its values.
    assert.ok(ks?.result.kind === 'evaluated' && ks.result.isBeyond === true && chi === undefined);
    assert.match(ks.result.note ?? '', /^Of values drawn evenly: \d+ of 600 of the span\.$/);
    const contract = await drift('contract');
    const z = contract.drift.find(({ method }) => method === contract.evidentlyDefault);
    assert.ok(z?.method === 'z' && z.result.kind === 'evaluated' && z.result.statistic < 0.01);
    assert.equal((await monitored.get('/endpoints/drift/drift?feature=height')).status, 404);
  });

  it('say of how many requests no feature was read', async () => {
    const url = await open('large');
    const customer = { age: 30, charges: 1, contract: 'monthly' };
    assert.equal((await predict(url, { dataframe_records: [customer] })).status, 200);
    assert.equal((await predict(url, { dataframe_records: [customer, customer, customer], padding: 'x'.repeat(1024 * 1024) })).status, 200);
    const { total, features, driftCovers } = await monitored.getMonitoring('large');
    assert.deepEqual([total.requests, total.rows, total.unreadBodies], [2, 4, 1]);
    assert.equal(numeric(features[0]?.live).count, 1);
    assert.equal(driftCovers?.rows, 1);
  });

  it('count errors by who caused them, and no inputs of refused requests', async () => {
    const url = await open('errors');
    const send = (contract: string, given: Record<string, unknown>): Promise<Response> => predict(url, { dataframe_records: [{ charges: 1, contract, ...given }] });
    await send('monthly', { age: 30 });
    await send('refuse', { age: 'thirty' });
    await send('refuse', {});
    await send('fail', { age: 32 });
    assert.equal((await send('raise', { age: 33 })).status, 400);
    const { total, features, predictions } = await monitored.getMonitoring('errors');
    assert.deepEqual([total.requests, total.clientErrors, total.serverErrors, total.rows], [5, 2, 2, 3]);
    const age = numeric(features[0]?.live);
    assert.deepEqual([age.count, age.missing, age.invalid], [3, 0, 0]);
    assert.equal(categorical(predictions.live).count, 1);
    const counted = await monitored.test.control.statistics('errors', releaseA);
    assert.deepEqual([counted?.clientErrors, counted?.serverErrors], [2, 2]);
    const raised = (await monitored.listRequests('errors', { errors: 'true' })).filter(({ modelError }) => modelError);
    assert.deepEqual(raised.map(({ status }) => status), [400]);
  });

  it('tell a canary from the live release', async () => {
    monitored.live.set('canary', releaseA);
    await monitored.test.route('canary', routeOver([releaseA, 50, [replica]], [releaseB, 50, [replica]]));
    const answers = await Promise.all(Array.from({ length: 40 }, () => predict(monitored.test.control.url('canary'), { dataframe_records: [{ age: 1, charges: 1, contract: 'monthly' }] })));
    const ofB = answers.filter((response) => response.headers.get('x-slipway-release') === releaseB).length;
    const all = await monitored.getMonitoring('canary');
    assert.equal(all.total.requests, 40);
    assert.equal(all.releases.find(({ release }) => release === releaseB)?.total.requests ?? 0, ofB);
    assert.ok(all.releases.every(({ release, modelVersion }) => modelVersion === monitored.releases.get(release)?.model.version));
    const one = await monitored.getMonitoring('canary', { release: releaseB });
    assert.deepEqual([one.total.requests, one.total.rows], [ofB, ofB]);
  });

  it('have windows of equal length that add up to the total', async () => {
    const url = await open('windows');
    await Promise.all(Array.from({ length: 12 }, () => predict(url, { dataframe_records: [{ age: 1, charges: 1, contract: 'monthly' }] })));
    const { total, windows, from, to } = await monitored.getMonitoring('windows', { windows: '7' });
    assert.ok(windows.length <= 7);
    assert.equal(windows[0]?.from, from);
    assert.equal(windows.at(-1)?.to, to);
    assert.equal(windows.reduce((sum, window) => sum + window.requests, 0), total.requests);
    assert.equal(total.requests, 12);
    assert.ok(total.latency !== null && total.latency.p50 <= total.latency.p90 && total.latency.p90 <= total.latency.p99 && total.latency.p99 <= total.latency.max);
    const earlier = await monitored.getMonitoring('windows', { from: String(from - 7_200_000), to: String(from) });
    assert.deepEqual([earlier.total.requests, earlier.total.latency], [0, null]);
  });

  it('name the recorded example, which is no baseline, when the training data has changed', async () => {
    const changed = { ...reference(path.join(monitored.test.home.root, 'changed.csv'), training), sha256: 'f'.repeat(64) };
    const digest = 'c'.repeat(64);
    monitored.releases.set(digest, releaseOf(digest, churnSignature, [changed]));
    monitored.examples.set(digest, {
      request: { dataframe_split: { columns: ['age', 'charges', 'contract'], data: [[20, 1, 'monthly'], [30, 2, 'yearly']] } },
      response: { predictions: [1, 0] },
    });
    monitored.live.set('example', digest);
    await monitored.test.route('example', routeOver([digest, 100, [replica]]));
    await predict(monitored.test.control.url('example'), { dataframe_records: [{ age: 24, charges: 1, contract: 'monthly' }] });
    const { baselineSource, exampleRows, features, predictions, verdict } = await monitored.getMonitoring('example');
    assert.deepEqual([baselineSource, exampleRows, predictions.baseline], ['none', 2, null]);
    assert.deepEqual(features.map(({ baseline, example }) => [baseline, example]), [[null, 20], [null, 1], [null, 'monthly']]);
    assert.deepEqual(features[0]?.drift[0]?.result, { kind: 'not-evaluated', reason: 'no baseline (input example of 2 rows)' });
    assert.equal(verdict?.kind, 'not-evaluated');
    assert.match(verdict.sentence, /^Not evaluated: no baseline \(input example of 2 rows\); to get one, name the CSV file that is trained on in a captured notebook's cell, or by its whole path in mlflow\.log_input/);
    // Its bins do for drawing.
    assert.equal(numeric(features[0].live).histogram?.counts.reduce((sum, count) => sum + count, 0), 1);
  });

  it('are compared with the baseline that was chosen: a data file, a time of live traffic, or the statistics of SageMaker', async () => {
    const digest = '1c'.repeat(32);
    const release = releaseOf(digest, churnSignature);
    monitored.releases.set(digest, { ...release, model: { ...release.model, name: 'chosen', version: 3 } });
    monitored.live.set('chosen', digest);
    await monitored.test.route('chosen', routeOver([digest, 100, [replica]]));
    const folder = monitored.test.home.root;
    const call = async (method: 'get' | 'post', below: string, body: unknown = {}): Promise<{ readonly status: number; readonly answer: unknown }> => {
      const place = `/models/chosen/versions/3/baselines${below}`;
      const response = method === 'get' ? await monitored.get(place) : await monitored.post(place, JSON.stringify(body));
      return { status: response.status, answer: await response.json() };
    };
    const take = async (from: unknown, choose = true): Promise<DescribedBaseline> => describedBaseline.parse((await call('post', '', { from, choose })).answer);
    const list = async (): Promise<DescribedBaseline[]> => baselineRoutes.listBaselines.output.parse((await call('get', '')).answer).baselines;
    const now = async (): Promise<[string, number | null | undefined, unknown]> => {
      const { baselineSource, baseline, features } = await monitored.getMonitoring('chosen');
      return [baselineSource, baseline?.rows, features.map((feature) => (feature.baseline?.kind === 'numeric' ? feature.baseline.mean : feature.baseline?.kind === 'categorical' ? feature.baseline.top.length : null))];
    };
    assert.deepEqual([await list(), await now()], [[], ['none', undefined, [null, null, null]]]);

    const file = path.join(folder, 'rows.csv');
    writeFileSync(file, training);
    const first = await take({ kind: 'data-file', path: file });
    assert.deepEqual([first.rows, first.columns, first.origin, first.isChosen], [5, 3, { kind: 'data-file', path: file }, true]);
    assert.deepEqual(await now(), ['training-data', 5, [35, 42.5, 3]]);

    await predict(monitored.test.control.url('chosen'), { dataframe_records: [{ age: 60, charges: 200, contract: 'yearly' }, { age: 70, charges: 300, contract: 'yearly' }] });
    const to = Date.now() + 60_000;
    const traffic = await take({ kind: 'live-traffic', endpoint: 'chosen', from: to - 600_000, to }, false);
    assert.deepEqual([traffic.rows, traffic.isChosen, (await now())[1]], [2, false, 5]);
    const compared = baselineRoutes.compareBaselines.output.parse((await call('get', `/${traffic.id}/compare`)).answer);
    assert.deepEqual([compared.one.id, compared.other.id, compared.columns.map(({ name, distance }) => [name, Number(distance?.toFixed(9))])], [first.id, traffic.id, [['age', 1], ['charges', 1], ['contract', 0.8]]]);
    assert.equal((await call('post', `/${traffic.id}/choose`)).status, 200);
    assert.deepEqual(await now(), ['training-data', 2, [65, 250, 1]]);

    const statistics = path.join(folder, 'statistics.json');
    const numbers = (values: readonly number[], missing: number): unknown => ({
      common: { num_present: values.length, num_missing: missing }, mean: 35, sum: 140, std_dev: 10, min: 20, max: 50,
      distribution: { kll: { buckets: [{ lower_bound: 20, upper_bound: 35, count: 2 }, { lower_bound: 35, upper_bound: 50, count: 2 }], sketch: { parameters: { c: 0.64, k: 2048 }, data: [[20, 50], [35]] } } },
    });
    const document = {
      version: 0,
      dataset: { item_count: 5 },
      features: [
        { name: 'age', inferred_type: 'Integral', numerical_statistics: numbers([20, 30, 40, 50], 1) },
        { name: 'charges', inferred_type: 'Fractional', numerical_statistics: numbers([20, 30, 40, 50], 1) },
        { name: 'contract', inferred_type: 'String', string_statistics: { common: { num_present: 5, num_missing: 0 }, distinct_count: 2, distribution: { categorical: { buckets: [{ value: 'monthly', count: 3 }, { value: 'yearly', count: 2 }] } } } },
      ],
    };
    writeFileSync(statistics, JSON.stringify(document));
    const constraints = path.join(folder, 'constraints.json');
    writeFileSync(constraints, JSON.stringify({ version: 0, features: [{ name: 'contract', inferred_type: 'String', completeness: 1, string_constraints: { domains: ['monthly', 'yearly', 'two-year'] } }] }));
    await take({ kind: 'sagemaker', statistics, constraints });
    const { features, baseline } = await monitored.getMonitoring('chosen');
    assert.deepEqual([baseline?.rows, baseline?.origin], [5, { kind: 'sagemaker', path: statistics }]);
    const age = numeric(features[0]?.baseline);
    assert.deepEqual([age.count, age.missing, age.mean, age.std, age.histogram], [4, 1, 35, 10, { edges: [20, 35, 50], counts: [2, 2], below: 0, above: 0 }]);
    assert.deepEqual(categorical(features[2]?.baseline).top, [{ value: 'monthly', count: 3 }, { value: 'yearly', count: 2 }, { value: 'two-year', count: 0 }]);

    const field = async (from: unknown): Promise<unknown> => {
      const { status, answer } = await call('post', '', { from });
      return [status, (answer as { readonly error?: { readonly field?: string } }).error?.field ?? (answer as { readonly field?: string }).field];
    };
    const narrow = path.join(folder, 'narrow.csv');
    writeFileSync(narrow, 'age,charges\n1,2\n');
    assert.deepEqual(await field({ kind: 'data-file', path: narrow }), [400, 'from']);
    assert.deepEqual(await field({ kind: 'data-file', path: path.join(folder, 'nothing.csv') }), [400, 'from.path']);
    assert.deepEqual(await field({ kind: 'sagemaker', statistics: narrow }), [400, 'from.statistics']);
    assert.deepEqual(await field({ kind: 'live-traffic', endpoint: 'chosen', from: 2, to: 1 }), [400, 'from.from']);
    assert.equal((await call('post', '/nobody/choose')).status, 404);
    assert.deepEqual((await list()).map(({ origin, isChosen }) => [origin.kind, isChosen]), [['sagemaker', true], ['live-traffic', false], ['data-file', false]]);
  });

  it('answer 404 for an unknown endpoint and 400 for a span that ends before it begins', async () => {
    assert.equal((await monitored.get('/endpoints/nobody/monitoring')).status, 404);
    await open('span');
    assert.equal((await monitored.get('/endpoints/span/monitoring?from=20&to=10')).status, 400);
  });

  it('are announced while traffic flows', async () => {
    const url = await open('announced');
    const announced = new Promise<void>((resolve) => {
      const unsubscribe = monitored.test.context.events.subscribe((event) => {
        if (event.topic === 'monitoring' && event.endpoint === 'announced') {
          unsubscribe();
          resolve();
        }
      });
    });
    await predict(url, { dataframe_records: [{ age: 1, charges: 1, contract: 'monthly' }] });
    await announced;
    assert.equal((await monitored.getMonitoring('announced')).total.requests, 1);
  });

  it('list the latest requests, the newest first, and errors alone when asked', async () => {
    const url = await open('latest');
    for (const contract of ['monthly', 'refuse', 'yearly']) {
      await predict(url, { dataframe_records: [{ age: 1, charges: 1, contract }] }, { 'x-request-id': `latest-${contract}` });
    }
    const requests = await monitored.listRequests('latest');
    assert.deepEqual(requests.map(({ requestId }) => requestId), ['latest-yearly', 'latest-refuse', 'latest-monthly']);
    assert.match(requests[0]?.request ?? '', /yearly/);
    assert.match(requests[0]?.response ?? '', /predictions/);
    assert.deepEqual((await monitored.listRequests('latest', { errors: 'true' })).map(({ status }) => status), [400]);
    assert.equal((await monitored.listRequests('latest', { limit: '1' })).length, 1);
  });
});
