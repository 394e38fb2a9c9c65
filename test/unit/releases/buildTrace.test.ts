import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTrace } from '../../../server/releases/images/buildTrace.ts';

function field(number: number, bytes: Buffer): Buffer {
  assert.ok(bytes.length < 0x4000);
  const length = bytes.length < 0x80 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
}

const time = field(1, Buffer.alloc(0));

test('begun steps, their output and errors are read from a trace', () => {
  const message = Buffer.concat([
    field(1, Buffer.concat([field(1, Buffer.from('sha256:1')), field(3, Buffer.from('[builder 2/2] RUN install')), field(5, time)])),
    field(1, Buffer.concat([field(3, Buffer.from('[1/2] FROM base')), Buffer.from([4 * 8, 1]), field(5, time), field(6, time)])),
    field(1, Buffer.concat([field(3, Buffer.from('[2/2] COPY')), field(7, Buffer.from('not there'))])),
    field(3, Buffer.concat([field(1, Buffer.from('sha256:1')), field(4, Buffer.from(`${'x'.repeat(300)}\nsecond\n`))])),
  ]);
  assert.deepEqual(decodeTrace(message.toString('base64')), {
    started: ['[builder 2/2] RUN install'],
    output: ['x'.repeat(300), 'second'],
    errors: ['not there'],
  });
});

test('an empty trace says nothing', () => {
  assert.deepEqual(decodeTrace(''), { started: [], output: [], errors: [] });
});
