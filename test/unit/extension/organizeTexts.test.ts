import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteLine, noteOf } from '../../../extension/tracking/noteText.ts';
import { describePurge } from '../../../extension/tracking/purgeText.ts';
import { transferText } from '../../../extension/transfer/reportText.ts';
import { servedDuring } from '../../../server/contract/aliasHistory.ts';
import type { Transfer } from '../../../server/contract/transfer.ts';
import { churnMoves } from '../../webview/fixtures/models.ts';
import { liveEndpoint, spansOf } from '../../webview/fixtures/endpoints.ts';

test('what a permanent deletion removes, frees and keeps is told before it', () => {
  const text = describePurge({ experiments: 0, runs: 2, models: 1, files: 3, bytes: 2048, kept: [{ kind: 'run', id: 'a'.repeat(32), reason: 'version 1 of churn comes from it' }] });
  assert.equal(text, 'Removes 2 runs and 1 logged model. Frees 2 kB of 3 files.\nThe run aaaaaaaaaaaa stays: version 1 of churn comes from it.\nNothing brings them back.');
});

test('a note shows as its first line without marks, and an empty one not at all', () => {
  assert.equal(noteLine('\n## **Better** recall\nmore'), 'Better recall');
  assert.equal(noteOf({ tags: { 'mlflow.note.content': ' ' } }), undefined);
});

const counts = { experiments: 1, runs: 2, params: 2, tags: 4, metrics: 10, datasets: 0, models: 0, registeredModels: 0, versions: 0, aliases: 0, artifacts: 2, bytes: 14 };

test('the report of a transfer tells counts of both sides, conflicts and differences', () => {
  const transfer: Transfer = {
    id: 'x',
    direction: 'import',
    location: '/data/mlruns',
    state: 'incomplete',
    phase: 'end',
    message: '0 in conflict, 1 missing or different: see the report.',
    startedAt: 1,
    endedAt: 2001,
    progress: { runs: 2, added: counts },
    report: { source: counts, target: { ...counts, artifacts: 1 }, added: counts, conflicts: [], differences: [{ kind: 'artifact', id: 'a/file|1.txt', message: 'has another sha256' }], notCarried: [{ kind: 'file', id: '77/a|b', message: 'it is no regular file' }], notes: ['2 traces are not carried.'], more: 0 },
  };
  const text = transferText(transfer);
  assert.match(text, /^# Import from `\/data\/mlruns`\n/);
  assert.match(text, /\| Artifacts \| 2 \| \*\*1\*\* \| 2 \|/);
  assert.match(text, /## Differences[\s\S]*a\/file\\\|1\\\.txt \| has another sha256/);
  assert.match(text, /## Not carried[\s\S]*77\/a\\\|b \| it is no regular file/);
  assert.ok(!text.includes('## Conflicts') && text.includes('2 traces'));
});

test('a version was live where its release was while the alias named it', () => {
  const [, now, before, early] = churnMoves;
  assert.ok(now !== undefined && before !== undefined && early !== undefined);
  assert.deepEqual([now, before, early].map((move) => servedDuring(move, spansOf(liveEndpoint)).map(({ endpoint }) => endpoint)), [['churn'], ['churn'], []]);
});
