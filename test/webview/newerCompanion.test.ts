import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareAnswers, monitoringAnswers } from './answers.ts';
import { churnMonitoring } from './fixtures/monitoring.ts';
import { twoRuns } from './fixtures/runs.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

test('a run whose state a newer companion invented is shown with its word, and its files with theirs', async (context) => {
  const runs = twoRuns.map((run) => ({ ...run, status: 'PAUSED' }));
  const answers = compareAnswers(runs);
  const [first] = runs;
  assert.ok(first !== undefined);
  const { page } = await open(context, {
    subject: { panel: 'compare', runIds: runs.map(({ runId }) => runId) },
    answers: { ...answers, listRunArtifacts: ({ runIds }) => ({ runs: runIds.map((runId) => ({ runId, files: [{ path: 'clip.mp4', bytes: 12, kind: 'video' }], truncated: false })) }) },
    width: 1200,
    state: { tab: 'images' },
  });
  await page.getByText('paused', { exact: true }).first().waitFor();
  await page.getByText('This version does not show a file of the kind “video”.').first().waitFor();
});

test('a column of a kind that a newer companion invented is shown with its name', async (context) => {
  const { page } = await open(context, {
    subject: { panel: 'monitoring', endpoint: 'churn' },
    answers: {
      ...monitoringAnswers,
      getMonitoring: ({ from, to }) => {
        const found = churnMonitoring(Number(from), Number(to));
        const embedding = { kind: 'embedding', dimensions: 768 };
        // As it comes over the wire, where the types of this version say nothing.
        return { ...found, baselineSource: 'live-traffic', features: JSON.parse(JSON.stringify([{ name: 'notes', type: 'string', baseline: embedding, live: embedding }, ...found.features])) as typeof found.features };
      },
    },
  });
  const row = page.getByRole('row', { name: /^notes/ }).first();
  await row.waitFor();
  assert.match(await row.innerText(), /embedding/);
  await page.getByText(/live-traffic/).waitFor();
  await page.getByRole('row', { name: /^age/ }).first().waitFor();
});

test('an answer that is not understood says so, with what to do', async (context) => {
  const { page } = await open(context, {
    subject: { panel: 'monitoring', endpoint: 'churn' },
    answers: { ...monitoringAnswers, listEndpoints: () => JSON.parse('{"endpoints": [{"name": 1}]}') as { endpoints: [] } },
  });
  await page.getByText(/answers listEndpoints in a form that this panel does not know: endpoints\.0/).waitFor();
  await page.getByText(/Reload Window/).waitFor();
});

test('what nobody waits for any more is cancelled', async (context) => {
  const panel = await open(context, {
    subject: { panel: 'monitoring', endpoint: 'churn' },
    answers: { ...monitoringAnswers, getMonitoring: () => new Promise(() => undefined) },
  });
  const asked = async (times: number): Promise<void> => {
    while (panel.calls.filter((name) => name === 'getMonitoring').length < times) {
      await panel.page.waitForTimeout(20);
    }
  };
  await asked(1);
  await panel.page.getByRole('radio', { name: '24 h' }).check();
  await asked(2);
  assert.equal(panel.cancelled.length, 1);
});
