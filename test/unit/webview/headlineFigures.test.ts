import assert from 'node:assert/strict';
import { test } from 'node:test';
import { churnMonitoring } from '../../webview/fixtures/monitoring.ts';
import { releases } from '../../webview/fixtures/endpoints.ts';
import { headlineFigures } from '../../../webview/monitoring/headlineFigures.ts';

const data = churnMonitoring(0, 3_600_000);
const empty = { from: 0, to: 3_600_000, requests: 0, clientErrors: 0, serverErrors: 0, rows: 0, unreadBodies: 0, latency: null, lost: null };
const broken = { ...empty, requests: 60, clientErrors: 60 };
const sound = { ...empty, requests: 840 };

test('the headline is of the live release, not of those that are gone', () => {
  const both = { ...data, total: { ...empty, requests: 900, clientErrors: 60 }, releases: [{ release: releases.three, total: broken }, { release: releases.two, total: sound }] };
  assert.deepEqual(headlineFigures(both, releases.three), { total: broken, elsewhere: 840, unserved: 0 });
  assert.deepEqual(headlineFigures(both, releases.two), { total: sound, elsewhere: 60, unserved: 0 });
});

test('a release that a rollback has brought back has none of the errors of the one that it left', () => {
  const left = { ...data, total: broken, releases: [{ release: releases.three, total: broken }] };
  assert.deepEqual(headlineFigures(left, releases.two), { total: { ...empty, from: broken.from, to: broken.to }, elsewhere: 60, unserved: 0 });
});

test('requests that no replica could answer are nobody\'s, and are told', () => {
  const down = { ...data, total: { ...empty, requests: 845, serverErrors: 5 }, releases: [{ release: releases.two, total: sound }] };
  assert.deepEqual(headlineFigures(down, releases.two), { total: sound, elsewhere: 0, unserved: 5 });
  assert.equal(headlineFigures(down, undefined).total, down.total);
});
