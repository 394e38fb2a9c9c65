import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsNotebook } from '../../../extension/notebooks/concernedNotebook.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import type { CellResults } from '../../../server/contract/notebooks.ts';

const results = (...runIds: string[]): CellResults[] => [{ cellId: 'c', runs: runIds.map((runId) => ({ runId, name: runId, experimentId: '0' })), models: [] }];

test('an event of one notebook concerns that one alone', () => {
  const attached: readonly [file: string, results: CellResults[]][] = [['/a.ipynb', results('a1', 'a2')], ['/b.ipynb', results('b1')], ['/c.ipynb', []]];
  const concerned = (event: CompanionEvent): string[] => attached.filter(([file, known]) => concernsNotebook(event, file, known)).map(([file]) => file);
  assert.deepEqual(concerned({ topic: 'capture', runId: 'x', notebook: '/b.ipynb' }), ['/b.ipynb']);
  assert.deepEqual(concerned({ topic: 'run', runId: 'new', experimentId: '0', notebook: '/c.ipynb' }), ['/c.ipynb']);
  assert.deepEqual(concerned({ topic: 'run', runId: 'a2', experimentId: '0' }), ['/a.ipynb']);
  assert.deepEqual(concerned({ topic: 'run', runId: 'of no notebook', experimentId: '0' }), []);
  assert.deepEqual(concerned({ topic: 'experiments' }), []);
});
