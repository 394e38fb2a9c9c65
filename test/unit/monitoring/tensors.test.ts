import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeMonitoring } from '../../../server/cli/monitoringCommands.ts';
import type { Monitoring } from '../../../server/contract/monitoring.ts';
import type { Signature } from '../../../server/contract/registry.ts';
import { firstExampleRow, takeBaseline } from '../../../server/monitoring/baseline.ts';
import { readRows } from '../../../server/monitoring/bodies.ts';
import { summarizeColumn } from '../../../server/monitoring/columns/column.ts';
import { inputColumns } from '../../../server/monitoring/columns/columnSpec.ts';
import { addRequest, emptyWindow, unknownRelease, type WindowStatistics } from '../../../server/monitoring/windows/accumulate.ts';
import { exampleCurl } from '../../../webview/monitoring/exampleRequest.ts';

const named = (shape: number[]): Signature => ({ inputs: [{ name: 'x', type: 'float64', required: true, shape }], outputs: [] });
const unnamed: Signature = { inputs: [{ type: 'float64', required: true, shape: [-1, 2, 2] }], outputs: [] };
const images = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]];
const flat = [1, 2, 3, 4, 5, 6, 7, 8];

function windowOf(signature: Signature, ...bodies: unknown[]): WindowStatistics {
  const window = emptyWindow();
  for (const body of bodies) {
    const request = JSON.stringify(body);
    addRequest(
      window,
      {
        v: 1,
        id: 'r',
        at: 0,
        release: null,
        version: null,
        replica: null,
        path: '/invocations',
        method: 'POST',
        status: 200,
        latencyUs: 1,
        contentType: 'application/json',
        request,
        requestBytes: request.length,
        responseBytes: 0,
        truncated: false,
        sampled: true,
      },
      { ...unknownRelease, inputs: inputColumns(signature) },
    );
  }
  return window;
}

describe('a tensor', () => {
  it('is one column of all its values, in every form of a body', () => {
    for (const signature of [named([-1, 2, 2]), unnamed]) {
      const specs = inputColumns(signature);
      const name = specs[0]?.name ?? '';
      for (const body of [
        { inputs: images },
        { instances: images },
        { inputs: { [name]: images } },
        { instances: images.map((image) => ({ [name]: image })) },
        { inputs: [{ name, shape: [2, 2, 2], datatype: 'FP64', data: flat }] },
        { inputs: [{ name: 'of another name', shape: [2, 2, 2], datatype: 'FP64', data: images }] },
      ]) {
        const read = readRows(JSON.stringify(body), 'application/json', specs);
        assert.deepEqual([read?.count, [...(read?.columns ?? [])]], [2, [[name, flat]]], JSON.stringify(body));
      }
    }
  });

  it('that has a name has its values counted once, not its last position for each', () => {
    const window = windowOf(named([-1, 4]), { inputs: { x: [[1, 2, 3, 4], [5, 6, 7, 8]] } });
    assert.deepEqual([...window.features.keys()], ['x']);
    const [column] = window.features.values();
    assert.ok(column);
    const summary = summarizeColumn(column);
    assert.ok(summary.kind === 'numeric');
    assert.deepEqual([window.rows, summary.count, summary.mean, summary.min, summary.max, summary.missing], [2, 8, 4.5, 1, 8, 0]);
  });

  it('misses as many values as its rows would have', () => {
    const window = windowOf(
      { inputs: [...named([-1, 3]).inputs, { name: 'age', type: 'long', required: true }], outputs: [] },
      { instances: [{ age: 3 }, { age: 4 }] },
      { instances: [{ age: 3, x: [1, null, 3] }] },
    );
    assert.deepEqual([...window.features].map(([name, { count, missing }]) => [name, count, missing]), [['x', 2, 7], ['age', 3, 0]]);
  });

  it('has an example, whose first row makes a request', async () => {
    const example = { request: { inputs: images } };
    const baseline = await takeBaseline({ signature: unnamed, data: [], example });
    const [column] = baseline.features.values();
    assert.equal(column?.count, 8);
    assert.deepEqual(firstExampleRow({ signature: unnamed, data: [], example }, inputColumns(unnamed)), new Map([['input', images[0]]]));
    // A picture comes with no answer.
    const large = { inputs: [{ type: 'uint8', required: true, shape: [-1, 64, 64] }], outputs: [] };
    const pixels = { request: { inputs: [Array.from({ length: 64 }, () => new Array<number>(64).fill(0))] } };
    assert.deepEqual(firstExampleRow({ signature: large, data: [], example: pixels }, inputColumns(large)), new Map());
  });

  const feature = { name: 'x', type: 'float64', tensor: { shape: [-1, 2, 2], isNamed: true }, baseline: null, live: null, drift: [] };
  it('is shown with its shape', () => {
    const total = { from: 0, to: 60_000, requests: 0, clientErrors: 0, serverErrors: 0, rows: 0, unreadBodies: 0, latency: null, lost: null };
    const monitoring: Monitoring = {
      endpoint: 'images',
      from: 0,
      to: 60_000,
      total,
      windows: [],
      releases: [],
      features: [feature],
      predictions: { baseline: null, live: null },
      baselineSource: 'none',
      driftCovers: null,
      log: { bytes: 0, unreadBytes: 0, dropped: 0 },
    };
    assert.match(describeMonitoring(monitoring), /x +float64 \[\?, 2, 2\]/);
  });

  it('is in the request that can be copied as the model takes it', () => {
    const bodyOf = (features: Monitoring['features']): unknown => JSON.parse(/-d '(.*)'$/s.exec(exampleCurl('http://x', features))?.[1] ?? '');
    assert.deepEqual(bodyOf([feature]), { inputs: { x: [[[1, 1], [1, 1]]] } });
    assert.deepEqual(bodyOf([{ ...feature, tensor: { ...feature.tensor, isNamed: false }, example: images[0] }]), { inputs: [images[0]] });
    assert.deepEqual(bodyOf([feature, { name: 'age', type: 'long', baseline: null, live: null, drift: [] }]), { inputs: { x: [[[1, 1], [1, 1]]], age: [1] } });
  });
});
