import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createInferenceLog, type RequestOutcome } from '../../../server/gateway/inferenceLog.ts';
import { inferenceRecord, isPredictionPath, type InferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { listSegments } from '../../../server/gateway/segments.ts';

function outcome(id: string, request: Buffer, response = Buffer.from('{"predictions":[1]}')): RequestOutcome {
  return {
    id, at: 1, release: 'a'.repeat(64), version: 1, replica: 'r', path: '/invocations', method: 'POST', status: 200, latencyUs: 100,
    requestBytes: request.length, responseBytes: response.length, contentType: 'application/json', requestHead: request, responseHead: response,
  };
}

const ignored = (): void => undefined;

describe('the inference log', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'slipway-log-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const read = async (endpoint: string): Promise<InferenceRecord[]> =>
    (await listSegments(path.join(root, endpoint))).flatMap(({ file }) =>
      readFileSync(file, 'utf8').split('\n').slice(0, -1).filter((line) => !line.includes('"gap"')).map((line) => inferenceRecord.parse(JSON.parse(line))),
    );

  it('keeps the order of the requests and is complete after a flush', async () => {
    const log = createInferenceLog(root, { bodySampleRate: 1, bodyBytes: 1000 });
    const ids = Array.from({ length: 500 }, (_, index) => `id-${index}`);
    for (const id of ids) {
      log.append('churn', outcome(id, Buffer.from('{}')), ignored);
    }
    log.flush();
    assert.deepEqual((await read('churn')).map(({ id }) => id), ids);
    assert.deepEqual(log.status(), { written: 500, dropped: 0, losses: [] });
    log.close();
  });

  it('cuts long bodies between characters, and says so', async () => {
    const log = createInferenceLog(root, { bodySampleRate: 1, bodyBytes: 10 });
    log.append('churn', outcome('long', Buffer.from('123456789äöü'), Buffer.from('short')), ignored);
    log.close();
    const [record] = await read('churn');
    assert.deepEqual([record?.request, record?.requestEncoding, record?.requestBytes, record?.response, record?.truncated], ['123456789', undefined, 15, 'short', true]);
  });

  it('keeps bodies that are no text as base64', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x01]);
    const log = createInferenceLog(root, { bodySampleRate: 1, bodyBytes: 1000 });
    log.append('churn', outcome('binary', bytes), ignored);
    log.close();
    const [record] = await read('churn');
    assert.equal(record?.requestEncoding, 'base64');
    assert.deepEqual(Buffer.from(record.request ?? '', 'base64'), bytes);
  });

  it('marks the sample by the request id, so that the same requests are in it each time', async () => {
    const marks = async (endpoint: string): Promise<boolean[]> => {
      const log = createInferenceLog(root, { bodySampleRate: 0.3, bodyBytes: 1000 });
      for (let index = 0; index < 1000; index += 1) {
        log.append(endpoint, outcome(`request-${index}`, Buffer.from('{}')), ignored);
      }
      log.close();
      return (await read(endpoint)).map(({ sampled }) => sampled);
    };
    const first = await marks('one');
    const sampled = first.filter(Boolean).length;
    assert.ok(sampled > 220 && sampled < 380, `${sampled} of 1000`);
    assert.deepEqual(await marks('two'), first);
  });

  it('counts what it cannot write, and goes on afterwards', async () => {
    // A file where the endpoint's folder should be: nothing can be written.
    writeFileSync(path.join(root, 'blocked'), '');
    const log = createInferenceLog(root, { bodySampleRate: 1, bodyBytes: 1000 });
    log.append('blocked', outcome('lost', Buffer.from('{}')), ignored);
    log.flush();
    assert.equal(log.status().dropped, 1);
    assert.match(log.status().losses[0]?.failure ?? '', /blocked/);
    rmSync(path.join(root, 'blocked'));
    log.append('blocked', outcome('kept', Buffer.from('{}')), ignored);
    log.flush();
    assert.deepEqual((await read('blocked')).map(({ id }) => id), ['kept']);
    const { written, dropped, losses } = log.status();
    assert.deepEqual([written, dropped, losses.map(({ requests, open }) => [requests, open])], [1, 1, [[1, false]]]);
    log.close();
  });

  it('has written a record when it says so, with one write for all of a turn', async () => {
    const log = createInferenceLog(root, { bodySampleRate: 1, bodyBytes: 1000 });
    const found = await new Promise<readonly string[][]>((resolve) => {
      const seen: string[][] = [];
      for (const id of ['one', 'two', 'three']) {
        log.append('churn', outcome(id, Buffer.from('{}')), () => {
          void read('churn').then((records) => {
            seen.push(records.map((record) => record.id));
            if (seen.length === 3) {
              resolve(seen);
            }
          });
        });
      }
      assert.equal(log.status().written, 0);
    });
    const all = ['one', 'two', 'three'];
    assert.deepEqual(found, [all, all, all]);
    log.close();
  });

  it('lets the answer go when the record cannot be written', async () => {
    writeFileSync(path.join(root, 'blocked'), '');
    const log = createInferenceLog(root, { bodySampleRate: 1, bodyBytes: 1000 });
    await new Promise<void>((resolve) => log.append('blocked', outcome('lost', Buffer.from('{}')), resolve));
    assert.equal(log.status().dropped, 1);
  });
});

describe('prediction paths', () => {
  it('are those of MLflow, SageMaker, Vertex AI and the Open Inference Protocol', () => {
    for (const path of ['/invocations', '/predict', '/v2/models/churn/infer', '/v2/models/churn/versions/3/infer']) {
      assert.equal(isPredictionPath(path), true, path);
    }
    for (const path of ['/ping', '/', '/invocations/more', '/v2/models/churn', '/v2/models/a/b/infer', '/metrics']) {
      assert.equal(isPredictionPath(path), false, path);
    }
  });
});
