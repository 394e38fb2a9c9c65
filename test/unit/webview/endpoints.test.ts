import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aliasProblem, cleanAlias, suggestedAliases } from '../../../webview/registry/aliases.ts';
import { servedBy } from '../../../webview/registry/served.ts';
import { versionOf } from '../../../server/contract/deployments.ts';
import { byPart } from '../../../webview/deployments/differenceParts.ts';
import { defaultPair, releasesOf, rollbackTarget } from '../../../webview/deployments/endpointReleases.ts';
import { stepsOf } from '../../../webview/deployments/rolloutSteps.ts';
import { canaryEndpoint, canaryRollout, differences, liveEndpoint, otherEndpoint, releases, summaryOf } from '../../webview/fixtures/endpoints.ts';
import { churnModel } from '../../webview/fixtures/models.ts';

test('a version says on which endpoints it is live, rolling out or warm', () => {
  const served = servedBy([canaryEndpoint, otherEndpoint].map(summaryOf), 'churn');
  assert.deepEqual(served.get(3), [{ endpoint: 'churn', role: 'rolling-out', weight: 10 }]);
  assert.deepEqual(served.get(2)?.map(({ endpoint, role, weight }) => [endpoint, role, weight]), [['churn', 'live', 90], ['churn-eu', 'live', 100]]);
  assert.deepEqual(served.get(1), [{ endpoint: 'churn', role: 'warm', weight: 0 }]);
  assert.equal(servedBy([summaryOf(canaryEndpoint)], 'fraud').size, 0);
});

test('each step of a rollout has its latest words', () => {
  const steps = stepsOf({ ...canaryRollout, message: 'Inconclusive: 19 of 20 requests' }, canaryRollout.journal);
  assert.deepEqual(steps.map(({ id }) => id), canaryRollout.steps.map(({ id }) => id));
  assert.equal(steps.find(({ id }) => id === 'canary')?.message, 'Inconclusive: 19 of 20 requests');
  assert.equal(stepsOf({ ...canaryRollout, message: '' }, canaryRollout.journal).find(({ id }) => id === 'canary')?.message, '14 of 20 requests');
  assert.equal(steps.find(({ id }) => id === 'drain')?.message, undefined);
});

test('during a rollout the live release is compared with the coming one, else the previous with the live one', () => {
  assert.deepEqual(defaultPair(canaryEndpoint), { from: releases.two, to: releases.three });
  assert.deepEqual(defaultPair(liveEndpoint), { from: releases.one, to: releases.two });
  assert.equal(defaultPair(otherEndpoint), undefined);
});

test('the version of a release that runs is known without the history', () => {
  const summary = summaryOf(canaryEndpoint);
  assert.deepEqual([releases.one, releases.two, releases.three, 'f'.repeat(64)].map((release) => versionOf(summary, release)), [1, 2, 3, undefined]);
  assert.equal(versionOf({ ...summary, route: { weights: [], byHeader: [] } }, releases.three), 3);
  assert.equal(versionOf({ ...summary, warm: [] }, releases.one), 1);
  assert.equal(versionOf({ ...summary, warm: [], route: { ...summary.route, byHeader: [] } }, releases.one), undefined);
  assert.equal(versionOf({ ...canaryEndpoint, warm: [] }, releases.one), 1);
});

test('a release that was live twice is listed once', () => {
  const twice = { ...liveEndpoint, history: [...liveEndpoint.history, ...liveEndpoint.history] };
  assert.equal(releasesOf(twice).length, liveEndpoint.history.length);
});

test('a rollback goes where the companion says, if that can run, and not on to what it came from', () => {
  assert.equal(rollbackTarget(liveEndpoint)?.release, releases.one);
  assert.equal(rollbackTarget({ ...liveEndpoint, rollbackTo: undefined }), undefined);
  assert.equal(rollbackTarget({ ...liveEndpoint, rollbackTo: liveEndpoint.history[2]?.release }), undefined);
});

test('differences are grouped in the order in which they matter', () => {
  assert.deepEqual(byPart([...differences].reverse()).map(({ part }) => part), ['metric', 'param', 'data', 'environment', 'signature', 'serving', 'model']);
});

test('aliases are cleaned, checked and suggested', () => {
  assert.equal(cleanAlias(' @champion '), 'champion');
  assert.equal(aliasProblem('champion'), undefined);
  assert.match(aliasProblem('v3') ?? '', /reserved/);
  assert.match(aliasProblem('a b') ?? '', /letters/);
  const [newest] = churnModel.versions;
  assert.ok(newest !== undefined);
  assert.deepEqual(suggestedAliases(churnModel, newest), ['champion']);
});

