import assert from 'node:assert/strict';
import { after, before, type TestContext } from 'node:test';
import type { PanelKind } from '../../server/contract/panelKind.ts';
import { startHarness, type Harness, type OpenedPanel, type PanelSetup } from '../harness/webview.ts';

type Open = <P extends PanelKind>(context: TestContext, setup: PanelSetup<P>) => Promise<OpenedPanel>;

/** Starts a browser for the tests of a file. What it returns opens a panel that is closed when the test ends, having caused no error and no violation of the policy. */
export function panelOpener(): Open {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());
  return async (context, setup) => {
    const panel = await harness.open(setup);
    context.after(async () => {
      await panel.close();
      assert.deepEqual(panel.problems, []);
    });
    return panel;
  };
}
