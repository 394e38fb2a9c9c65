import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { InferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { segmentName } from '../../../server/gateway/segments.ts';
import { errorBody, type ErrorBody } from '../../../server/contract/errors.ts';
import { performance, recordedLabels, type Performance, type RecordedLabels } from '../../../server/contract/performance.ts';
import { releaseA, releaseB } from '../gateway/harness.ts';
import { churnSignature, openTestMonitoring, releaseOf, type TestMonitoring } from './harness.ts';

const minute = 60_000;

interface Row {
  readonly customer: number;
  readonly says: number;
}

describe('labels of predictions', () => {
  let monitored: TestMonitoring;
  before(async () => {
    monitored = await openTestMonitoring();
    monitored.releases.set(releaseA, releaseOf(releaseA, churnSignature));
    monitored.releases.set(releaseB, releaseOf(releaseB, churnSignature));
  });
  after(() => monitored.close());

  /** One request of the log. */
  const line = (id: string, at: number, rows: readonly Row[], more: Partial<InferenceRecord> = {}): string => {
    const request = JSON.stringify({ dataframe_records: rows.map(({ customer }) => ({ customer, age: 30 })) });
    const response = JSON.stringify({ predictions: rows.map(({ says }) => says) });
    const record: InferenceRecord = {
      v: 1, id, at, release: releaseA, version: 1, replica: 'r', path: '/invocations', method: 'POST', status: 200, latencyUs: 1500, rows: rows.length,
      requestBytes: request.length, responseBytes: response.length, contentType: 'application/json', request, response, truncated: false, sampled: true, ...more,
    };
    return `${JSON.stringify(record)}\n`;
  };
  const log = (endpoint: string, startedAt: number, lines: readonly string[]): void => {
    monitored.live.set(endpoint, releaseA);
    const folder = path.join(monitored.test.home.inference, endpoint);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, segmentName(startedAt, 0)), lines.join(''));
  };
  const send = async (endpoint: string, labels: readonly object[], more: object = {}): Promise<RecordedLabels> => {
    const response = await monitored.post(`/endpoints/${endpoint}/labels`, JSON.stringify({ labels, ...more }));
    assert.equal(response.status, 200, await response.clone().text());
    return recordedLabels.parse(await response.json());
  };
  const refused = async (endpoint: string, body: object): Promise<ErrorBody['error']> => {
    const response = await monitored.post(`/endpoints/${endpoint}/labels`, JSON.stringify(body));
    assert.equal(response.status, 400);
    return errorBody.parse(await response.json()).error;
  };
  const read = async (endpoint: string, query: Record<string, string> = {}): Promise<Performance> => performance.parse(await (await monitored.get(`/endpoints/${endpoint}/performance?${new URLSearchParams(query).toString()}`)).json());
  const accuracy = ({ total: { evaluation } }: Performance): number | null | undefined => {
    assert.ok(evaluation.kind === 'binary', JSON.stringify(evaluation));
    return evaluation.metrics.find(({ metric }) => metric === 'accuracy')?.value;
  };

  it('are joined by request id and row, whether they come before the prediction or after it', async () => {
    const now = Date.now();
    log('joined', now - 3 * minute, [line('a', now - 3 * minute, [{ customer: 1, says: 1 }, { customer: 2, says: 0 }])]);
    assert.deepEqual((await read('joined')).labels.lastReceivedAt, null);
    const first = await send('joined', [{ request_id: 'a', row: 1, label: '0' }, { request_id: 'a', row: 0, label: false }, { request_id: 'later', label: 1 }]);
    assert.deepEqual(first, { received: 3, added: 3, corrected: 0, unchanged: 0, outdated: 0, joined: 2 });
    assert.equal(accuracy(await read('joined')), 0.5);

    log('joined', now - 2 * minute, [line('later', now - 2 * minute, [{ customer: 3, says: 1 }], { release: releaseB }), line('refused', now - minute, [], { status: 400 })]);
    const found = await read('joined');
    assert.deepEqual([found.total.predictions, found.total.labelled, found.total.unknown], [3, 3, 0]);
    assert.deepEqual(found.releases.map(({ release, modelVersion, part }) => [release, modelVersion, part.labelled]), [[releaseA, 1, 2], [releaseB, 1, 1]]);
    assert.equal(accuracy(found), 2 / 3);
    assert.equal(found.windows.reduce((sum, { part }) => sum + part.labelled, 0), 3);
    const [{ from, to } = assert.fail()] = (await read('joined', { from: String(now - 2.5 * minute), to: String(now), windows: '5' })).windows;
    assert.ok(from <= now - 2 * minute && now - 2 * minute < to && to - from === minute / 2);
  });

  it('are replaced by corrections, never by what is older, and the same again changes nothing', async () => {
    const now = Date.now();
    log('corrected', now - minute, [line('a', now - minute, [{ customer: 1, says: 1 }])]);
    const at = (hours: number): string => new Date(now - hours * 60 * minute).toISOString();
    assert.equal((await send('corrected', [{ request_id: 'a', label: 0, at: at(5) }])).added, 1);
    assert.equal((await send('corrected', [{ request_id: 'a', label: 0, at: at(5) }])).unchanged, 1);
    assert.equal((await send('corrected', [{ request_id: 'a', label: 1, at: at(2) }])).corrected, 1);
    assert.equal((await send('corrected', [{ request_id: 'a', label: 0, at: at(3) }])).outdated, 1);
    const found = await read('corrected');
    assert.equal(accuracy(found), 1);
    assert.deepEqual([found.labels.current, found.labels.replaced], [1, 2]);
  });

  it('are joined by a column of the input; of several times each prediction has the first truth after it', async () => {
    const now = Date.now();
    const day = 24 * 60 * minute;
    log('keyed', now - 20 * day, [
      line('march', now - 20 * day, [{ customer: 7, says: 1 }, { customer: 8, says: 1 }]),
      line('april', now - 5 * day, [{ customer: 7, says: 1 }]),
      line('may', now - minute, [{ customer: 7, says: 1 }]),
    ]);
    const label = (value: number, days: number): object => ({ customer: '7', label: value, at: now - days * day });
    assert.deepEqual(await send('keyed', [label(0, 1), label(1, 10)], { keyColumn: 'customer' }), { received: 2, added: 2, corrected: 0, unchanged: 0, outdated: 0, joined: 2 });
    const found = await read('keyed');
    assert.deepEqual([found.total.predictions, found.total.labelled, accuracy(found)], [4, 2, 0.5]);
    assert.deepEqual(found.labels.keyColumns, ['customer']);
    assert.equal((await send('keyed', [{ customer: 8, label: 1 }], { keyColumn: 'customer' })).joined, 1);
    assert.deepEqual([(await read('keyed')).total.labelled, accuracy(await read('keyed'))], [3, 2 / 3]);
  });

  it('come as CSV and as JSON Lines, by the names that their columns have', async () => {
    const now = Date.now();
    log('texts', now - minute, [line('a', now - minute, [{ customer: 1, says: 1 }]), line('b', now - minute, [{ customer: 2, says: 0 }])]);
    const csv = await monitored.post('/endpoints/texts/labels?labelColumn=churned&source=billing', '\uFEFFrequest_id,churned\na,True\n', 'text/csv');
    assert.equal(recordedLabels.parse(await csv.json()).joined, 1);
    const lines = await monitored.post('/endpoints/texts/labels?keyColumn=customer', '{"customer": 2, "label": 0}\n\n', 'application/x-ndjson');
    assert.equal(recordedLabels.parse(await lines.json()).joined, 1);
    assert.equal(accuracy(await read('texts')), 1);
  });

  it('are refused with row, field and remedy, and then none of them is written', async () => {
    log('refused', Date.now() - minute, [line('a', Date.now() - minute, [{ customer: 1, says: 1 }])]);
    const good = { request_id: 'a', label: 1 };
    const wrong: readonly (readonly [object, RegExp, string])[] = [
      [{ labels: [good, { request_id: 'b' }] }, /^row 2, label: is missing/, 'label'],
      [{ labels: [good, { label: 1 }] }, /^row 2, request_id: is missing/, 'request_id'],
      [{ labels: [good, { ...good, request_id: 'b', row: -1 }] }, /^row 2, row: /, 'row'],
      [{ labels: [good, { ...good, request_id: 'b', at: 'yesterday' }] }, /^row 2, at: is no time/, 'at'],
      [{ labels: [good, { ...good, label: 0 }] }, /^row 2, label: row 1 says 1/, 'label'],
      [{ csv: 'request_id,label\na,1\nb\n' }, /^The CSV cannot be read/, 'csv'],
      [{ jsonLines: '{"request_id": "a", "label": 1}\n{' }, /^row 2, jsonLines: /, 'jsonLines'],
      [{ labels: [] }, /^There are no labels/, 'labels'],
    ];
    for (const [body, message, field] of wrong) {
      const said = await refused('refused', body);
      assert.match(said.message, message);
      assert.equal(said.field, field);
      assert.ok(said.remedy !== undefined, said.message);
    }
    assert.equal((await monitored.post('/endpoints/nowhere/labels', JSON.stringify({ labels: [good] }))).status, 404);
    assert.equal((await send('refused', [good], { check: true })).added, 0);
    assert.equal((await read('refused')).labels.current, 0);
  });

  it('say how many predictions they cover, also where the log has no answer', async () => {
    const now = Date.now();
    log('covered', now - minute, [
      line('a', now - minute, [{ customer: 1, says: 1 }]),
      line('b', now - minute, [{ customer: 2, says: 1 }, { customer: 3, says: 1 }], { sampled: false, request: undefined, response: undefined }),
    ]);
    await send('covered', [{ request_id: 'a', label: 1 }, { request_id: 'b', label: 1 }]);
    const { total } = await read('covered');
    assert.deepEqual([total.predictions, total.unknown, total.labelled], [3, 2, 1]);
  });

  it('are written all or none when their thread ends in the middle, and sent again they are whole', async () => {
    log('crashed', Date.now() - minute, [line('a', Date.now() - minute, [{ customer: 1, says: 1 }])]);
    const labels = Array.from({ length: 20_000 }, (_, index) => ({ request_id: `r${index}`, label: index % 2 }));
    const sent = monitored.post('/endpoints/crashed/labels', JSON.stringify({ labels })).catch(() => undefined);
    const { database } = monitored.test.context;
    const count = (): number => (database.prepare("SELECT count(*) AS found FROM labels JOIN labelled_endpoints AS e ON e.id = labels.endpoint WHERE e.endpoint = 'crashed'").get() as { found: number }).found;
    // What is seen first is all of them; a thread that wrote one after the other is ended here with the first ones.
    while (count() === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await monitored.stop();
    await sent;
    assert.equal(count(), labels.length);
    await monitored.start();
    const again = await send('crashed', labels);
    assert.equal(again.added + again.unchanged, labels.length);
    assert.equal(count(), labels.length);
  });
});
