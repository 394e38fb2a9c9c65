import { test } from 'node:test';
import { registryAnswers } from './answers.ts';
import { churnModel } from './fixtures/models.ts';
import { until } from '../harness/until.ts';
import { Refusal, type PanelSetup } from '../harness/webview.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

const churnRegistry: PanelSetup<'registry'> = { subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers };

test('a failure tells the remedy and can be tried again', async (context) => {
  let broken = true;
  const { page } = await open(context, {
    ...churnRegistry,
    answers: {
      ...registryAnswers,
      listModels: () => {
        if (broken) {
          throw new Refusal({ reason: 'unavailable', message: 'The companion is starting.', remedy: 'Wait a moment.' });
        }
        return { models: [churnModel] };
      },
    },
  });
  const alert = page.getByRole('alert');
  await alert.getByText('Wait a moment.').waitFor();
  broken = false;
  await alert.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Version 3' }).waitFor();
});

test('a lost connection is announced, and what is shown is fetched again when it is back', async (context) => {
  const { page, send, calls } = await open(context, churnRegistry);
  await page.getByRole('heading', { name: 'Version 3' }).waitFor();
  await send({ type: 'connection', connected: false });
  await page.getByText('The companion is not connected.').waitFor();
  const before = calls.length;
  await send({ type: 'connection', connected: true });
  await page.getByText('The companion is not connected.').waitFor({ state: 'detached' });
  await until(() => calls.length > before);
});
