import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureOutputs, type OutputItem } from '../../../extension/notebooks/outputs.ts';

const stdout = 'application/vnd.code.notebook.stdout';

function item(mime: string, text: string): OutputItem {
  return { mime, data: Buffer.from(text) };
}

test('a stream that came in pieces is one text', () => {
  const outputs = captureOutputs([{ items: [item(stdout, 'one '), item(stdout, 'two')] }, { items: [item(stdout, ' three')] }]);
  assert.deepEqual(outputs, [{ mime: stdout, content: 'one two three', encoding: 'text', truncated: false }]);
});

test('a stream of very many pieces is read up to its limit and no further', () => {
  const piece = item(stdout, `${'x'.repeat(1023)}\n`);
  const [output] = captureOutputs([{ items: Array.from({ length: 50_000 }, () => piece) }]);
  assert.equal(output?.content.length, 64 * 1024);
  assert.equal(output.truncated, true);
});

test('a long text is cut at a character and says so', () => {
  const [output] = captureOutputs([{ items: [item('text/plain', 'é'.repeat(40_000))] }]);
  assert.equal(output?.truncated, true);
  assert.equal(output.content, 'é'.repeat(32_768));
});

test('a figure is base64, and one above the limit keeps its place without content', () => {
  const small = Buffer.from([1, 2, 3]);
  const outputs = captureOutputs([{ items: [{ mime: 'image/png', data: small }, { mime: 'image/png', data: new Uint8Array(1024 * 1024 + 1) }] }]);
  assert.deepEqual(
    outputs.map(({ content, truncated }) => [content, truncated]),
    [
      [small.toString('base64'), false],
      ['', true],
    ],
  );
});

test('binary formats that nobody can read later are left out', () => {
  assert.deepEqual(captureOutputs([{ items: [item('application/x-custom', 'x'), item('application/vnd.plotly.v1+json', '{}')] }]).map(({ mime }) => mime), [
    'application/vnd.plotly.v1+json',
  ]);
});

test('at most 200 outputs are kept', () => {
  const items = Array.from({ length: 300 }, (_, index) => item('text/html', String(index)));
  assert.equal(captureOutputs([{ items }]).length, 200);
});
