import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import Docker from 'dockerode';

test('the base image runs Python with pip and venv', async () => {
  const image = process.env['SLIPWAY_TEST_BASE_IMAGE'];
  assert.ok(image, 'run this suite with "npm run test:docker"');
  const output = new PassThrough();
  const said = text(output);
  const script = 'import ensurepip, pip, ssl, sys; print("python", sys.version_info >= (3, 10))';
  const container = await new Docker().createContainer({ Image: image, Cmd: ['python3', '-c', script], Tty: true });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    stream.pipe(output);
    await container.start();
    assert.match(await said, /python True/);
  } finally {
    await container.remove({ force: true });
  }
});
