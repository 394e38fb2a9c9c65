import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { errorBody } from '../../../server/contract/errors.ts';
import { forgotten, type Forgotten } from '../../../server/contract/forget.ts';
import { performance, recordedLabels } from '../../../server/contract/performance.ts';
import { inferenceRecord, type InferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { segmentName } from '../../../server/gateway/segments.ts';
import { releaseA } from '../gateway/harness.ts';
import { openTestMonitoring, releaseOf, type TestMonitoring } from './harness.ts';

const minute = 60_000;
const now = Date.now();

describe('a person who is to be forgotten', () => {
  let monitored: TestMonitoring;
  before(async () => {
    monitored = await openTestMonitoring();
    monitored.releases.set(releaseA, releaseOf(releaseA, { inputs: [{ name: 'customer', type: 'string', required: true }, { name: 'age', type: 'long', required: true }], outputs: [{ type: 'long', required: true }] }));
  });
  after(() => monitored.close());

  const line = (id: string, request: string, more: Partial<InferenceRecord> = {}): string => {
    const response = JSON.stringify({ predictions: [1] });
    const record: InferenceRecord = {
      v: 1, id, at: now - minute, release: releaseA, version: 1, replica: 'r', path: '/invocations', method: 'POST', status: 200, latencyUs: 1500, rows: 1, scores: [0.75],
      requestBytes: Buffer.byteLength(request), responseBytes: response.length, contentType: 'application/json', request, response, truncated: false, sampled: true, ...more,
    };
    return `${JSON.stringify(record)}\n`;
  };
  const records = (...customers: readonly string[]): string => JSON.stringify({ dataframe_records: customers.map((customer) => ({ customer, age: 30 })) });
  const folderOf = (endpoint: string): string => path.join(monitored.test.home.inference, endpoint);
  const write = (endpoint: string, segment: number, lines: readonly string[]): string => {
    monitored.live.set(endpoint, releaseA);
    mkdirSync(folderOf(endpoint), { recursive: true });
    const file = path.join(folderOf(endpoint), segmentName(now - 2 * minute, segment));
    writeFileSync(file, lines.join(''));
    return file;
  };
  const logOf = (endpoint: string): string => readdirSync(folderOf(endpoint)).map((name) => readFileSync(path.join(folderOf(endpoint), name), 'utf8')).join('');
  const forget = async (endpoint: string, where: object): Promise<Forgotten> => {
    const response = await monitored.post(`/endpoints/${endpoint}/forget`, JSON.stringify({ where }));
    assert.equal(response.status, 200, await response.clone().text());
    return forgotten.parse(await response.json());
  };

  it('leaves the log in every form of body, labels and statistics, and nobody else does', async () => {
    const others = [line('b', records('ÄÖ-7')), line('c', records('K-4711'))];
    const first = write('log', 0, [line('a', records('K-471')), others[0] ?? '', line('split', JSON.stringify({ dataframe_split: { columns: ['age', 'customer'], data: [[1, 'K-471']] } }))]);
    write('log', 1, [others[1] ?? '', line('position', JSON.stringify({ inputs: [['K-471', 30]] })), line('csv', 'customer,age\nK-471,3\n', { contentType: 'text/csv' }), line('cut', '{"dataframe_records": [{"customer": "K-471"', { truncated: true }), line('binary', 'AAAA', { requestEncoding: 'base64' })]);
    const sizes = (): number[] => readdirSync(folderOf('log')).map((name) => readFileSync(path.join(folderOf('log'), name)).length);
    const before = sizes();
    for (const labels of [[{ request_id: 'a', label: 1 }, { request_id: 'b', label: 0 }], [{ customer: 'K-471', label: 1 }, { customer: 'K-4711', label: 1 }]]) {
      const response = await monitored.post('/endpoints/log/labels', JSON.stringify({ labels, ...('customer' in (labels[0] ?? {}) ? { keyColumn: 'customer' } : {}) }));
      assert.equal(recordedLabels.parse(await response.json()).added, 2);
    }
    const seen = await monitored.getMonitoring('log');

    assert.deepEqual(await forget('log', { customer: 'K-471' }), { requests: 5, predictions: 5, labels: 2, windows: 1, unread: 1 });
    assert.deepEqual(sizes(), before, 'whoever reads or appends goes on where it was');
    assert.ok(!/K-471"|K-471,/.test(logOf('log')), logOf('log'));
    assert.equal(logOf('log').trimEnd().split('\n').map((text) => inferenceRecord.parse(JSON.parse(text)).status).join(), Array.from({ length: 8 }, () => 200).join(), 'each line is a record still');
    others.forEach((text) => assert.ok(logOf('log').includes(text), 'the requests of others stay as they were'));
    assert.ok(!/"id":"(?:a|split|position|csv|cut)"/.test(logOf('log')));
    assert.ok((await monitored.listRequests('log')).every(({ request }) => !request.includes('K-471"')));

    appendFileSync(first, line('later', records('K-9')));
    const after = await monitored.getMonitoring('log');
    assert.equal(after.total.requests, seen.total.requests + 1, 'each request counts once, erased or not');
    const [customer] = after.features;
    assert.ok(customer?.live?.kind === 'categorical');
    assert.ok(customer.live.top.every(({ value }) => value !== 'K-471') && customer.live.top.some(({ value }) => value === 'K-4711'));
    const { labels, total } = performance.parse(await (await monitored.get('/endpoints/log/performance')).json());
    assert.deepEqual([labels.current, total.labelled], [2, 2]);
    assert.deepEqual(await forget('log', { customer: 'K-471' }), { requests: 0, predictions: 0, labels: 0, windows: 0, unread: 1 });
  });

  it('is found again by a second call when a crash cut the first one short, also in a line that is half erased', async () => {
    const whole = line('half', records('K-88'));
    const file = write('crash', 0, [line('x', records('K-1')), `${' '.repeat(20)}${whole.slice(20)}`, line('y', records('K-88'))]);
    assert.equal((await forget('crash', { customer: 'K-88' })).requests, 1);
    assert.ok(!readFileSync(file, 'utf8').includes('K-88'));
    assert.ok(readFileSync(file, 'utf8').includes('K-1'));
  });

  it('is named by one column of an endpoint that there is', async () => {
    write('named', 0, [line('a', records('K-1'))]);
    for (const [endpoint, where, status, field] of [['named', {}, 400, 'where'], ['named', { customer: 1, age: 2 }, 400, 'where'], ['named', { customer: '' }, 400, 'where.customer'], ['nowhere', { customer: 1 }, 404, 'name']] as const) {
      const response = await monitored.post(`/endpoints/${endpoint}/forget`, JSON.stringify({ where }));
      const { error } = errorBody.parse(await response.json());
      assert.deepEqual([response.status, error.field], [status, field]);
    }
    assert.ok(logOf('named').includes('K-1'));
  });
});
