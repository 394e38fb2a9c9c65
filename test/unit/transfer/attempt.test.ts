import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MlflowRefusal } from '../../../server/mlflow/client/mlflowRefusal.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { beginCarrying, type CarryOptions } from '../../../server/transfer/carry/carrying.ts';
import { createFindings } from '../../../server/transfer/carry/findings.ts';

const unused = new Proxy({}, { get: () => assert.fail('is not used') });

test('one thing that is refused is told, once, and the rest goes on; a failure of the whole ends it', async () => {
  const findings = createFindings();
  const stop = new AbortController();
  const options = { source: unused, target: unused, items: unused, findings, signal: stop.signal, progress: (): void => undefined } as unknown as CarryOptions;
  const work = beginCarrying(options);
  const failing = (error: Error): (() => Promise<never>) => () => Promise.reject(error);
  for (const error of [new Problem('invalid-input', 'Invalid path'), new MlflowRefusal(400, 'INVALID_PARAMETER_VALUE', 'GET /x', 'no'), Object.assign(new Error('cannot store'), { code: 'SQLITE_CONSTRAINT_DATATYPE' })]) {
    assert.equal(await work.attempt('run', 'r', failing(error)), undefined);
    assert.equal(await work.attempt('run', 'r', failing(error)), undefined);
  }
  assert.deepEqual(findings.report().notCarried.map(({ message }) => message), ['Invalid path', 'GET /x answered 400: no', 'the target does not take it (cannot store)']);
  for (const error of [new Problem('disk-full', 'full'), new MlflowRefusal(503, 'TEMPORARILY_UNAVAILABLE', 'GET /x', 'busy'), new TypeError('a mistake')]) {
    await assert.rejects(work.attempt('run', 'r', failing(error)), error);
  }
  assert.equal(await work.attempt('run', 'r', () => Promise.resolve(7)), 7);
  stop.abort();
  await assert.rejects(work.attempt('run', 'r', failing(new Problem('invalid-input', 'Invalid path'))), { name: 'AbortError' });
});
