import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childrenOf, labelsWithin, paramDiffers } from '../../../server/contract/nestedRuns.ts';
import { autologRuns } from '../../webview/fixtures/autologRuns.ts';

const ids = (runs: readonly { readonly runId: string }[] | undefined): readonly string[] => (runs ?? []).map(({ runId }) => runId);
const run = (runId: string, parent?: string): { runId: string; tags: Record<string, string> } => ({ runId, tags: parent === undefined ? {} : { 'mlflow.parentRunId': parent } });

test('runs stand below the run that they were started within, if it is there', () => {
  const children = childrenOf([run('a'), run('b', 'a'), run('c', 'b'), run('d', 'elsewhere')]);
  assert.deepEqual([ids(children.get(undefined)), ids(children.get('a')), ids(children.get('b'))], [['a', 'd'], ['b'], ['c']]);
});

test('no run is lost where tags name each other in a circle or in a long chain', () => {
  const circle = [run('a', 'b'), run('b', 'a'), run('c', 'c'), run('d', 'a')];
  assert.deepEqual(ids(childrenOf(circle).get(undefined)), ['a', 'b', 'c', 'd']);
  const chain = Array.from({ length: 5000 }, (_, index) => run(String(index), String(index + 1)));
  const children = childrenOf(chain);
  const reached = new Set<string>();
  const visit = (parent: string | undefined): void => ids(children.get(parent)).forEach((runId) => { reached.add(runId); visit(runId); });
  visit(undefined);
  assert.equal(reached.size, chain.length);
});

test('runs whose names were given by chance are named by the params that vary among them', () => {
  const within = autologRuns.filter(({ tags }) => tags['mlflow.parentRunId'] === 'boost');
  const labels = labelsWithin(within);
  assert.deepEqual(within.slice(0, 2).map((one) => labels.get(one)), ['learning_rate = 0.05, max_depth = 3', 'learning_rate = 0.1, max_depth = 3']);
  const named = within.map((one, index) => (index === 0 ? { ...one, name: 'by hand' } : one));
  assert.equal(named[0] === undefined ? '' : labelsWithin(named).get(named[0]), undefined);
});

test('a param differs by its values, not by how they are written, where it is missing, or by what it describes', () => {
  assert.deepEqual([['0.1', '1e-1'], ['3', undefined], ['None', '3'], ['SVC()', 'LinearSVC(dual=False)']].map(paramDiffers), [false, false, true, true]);
  assert.equal(paramDiffers([3, 5].map((depth) => `Pipeline(steps=[('scale', StandardScaler()), ('model', Tree(max_depth=${depth}))])`)), false);
});
