import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import { apiPrefix } from '../../../server/contract/route.ts';
import { commandLine, testPython } from '../../harness/commandLine.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls } from '../tracking/mlflowCalls.ts';

const run = promisify(execFile);

describe('the audit log names who asked and through what', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
  });
  after(() => home.close());

  /** Who did what to a model, the oldest first. */
  const told = async (model: string): Promise<string[]> => {
    const { entries } = await client.call('listAudit', { subject: model });
    return entries.map(({ action, actor, program }) => `${action} by ${actor} through ${program ?? 'nothing'}`).reverse();
  };
  const createVersion = async (name: string): Promise<void> => {
    const mlflow = mlflowCalls(client);
    const runId = await mlflow.createRun();
    await mlflow.post('registered-models/create', { name });
    await mlflow.post('model-versions/create', { name, source: `mlflow-artifacts:/0/${runId}/artifacts/model`, run_id: runId });
  };
  const user = userInfo().username;

  it('for the calls of the editor, whatever the name', async () => {
    await createVersion('edited');
    const editor = createCompanionClient(client.lock, { user: 'Zoë O’Hara & co=1', program: 'editor' });
    await editor.call('setAlias', { name: 'edited', alias: 'champion', version: 1 });
    await editor.call('deleteAlias', { name: 'edited', alias: 'champion' });
    await editor.call('deleteVersion', { name: 'edited', version: 1 });
    await editor.call('deleteModel', { name: 'edited' });
    assert.deepEqual((await told('edited')).slice(-4), [
      'alias.set by Zoë O’Hara & co=1 through editor',
      'alias.deleted by Zoë O’Hara & co=1 through editor',
      'version.deleted by Zoë O’Hara & co=1 through editor',
      'model.deleted by Zoë O’Hara & co=1 through editor',
    ]);
  });

  it('for the command line', async () => {
    await createVersion('typed');
    const slipway = commandLine(home.root);
    assert.equal((await slipway.run(['alias', 'typed', 'champion', '1'])).code, 0);
    assert.equal((await told('typed')).at(-1), `alias.set by ${user} through command line`);
    assert.match((await slipway.run(['audit', '--subject', 'typed'])).stdout, new RegExp(`${user}\\s+command line\\s+alias\\.set`));
  });

  it('for an MLflow client, and for a kernel that was connected', async () => {
    const script = 'import mlflow; client = mlflow.MlflowClient(); client.create_registered_model("logged"); client.rename_registered_model("logged", "renamed")';
    const environment = { ...process.env, MLFLOW_TRACKING_URI: client.baseUrl, MLFLOW_TRACKING_TOKEN: client.lock.token };
    await run(testPython, ['-c', script], { env: environment });
    assert.deepEqual(await told('logged'), [`model.created by ${user} through mlflow client`, `model.renamed by ${user} through mlflow client`]);

    await mlflowCalls(client, `nb-${'0'.repeat(32)}`).post('registered-models/create', { name: 'from a cell' });
    assert.deepEqual(await told('from a cell'), [`model.created by ${user} through notebook`]);
  });

  it('for a client of before, which names them in its input, and for one that names nobody', async () => {
    const setAlias = (input: object): Promise<Response> =>
      fetch(`${client.baseUrl}${apiPrefix}/models/older/aliases/champion`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${client.lock.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ version: 1, ...input }),
      });
    await createVersion('older');
    assert.equal((await setAlias({ requestedBy: 'grace' })).status, 200);
    assert.equal((await told('older')).at(-1), 'alias.set by grace through other');
    await client.call('deleteAlias', { name: 'older', alias: 'champion' });
    assert.equal((await setAlias({})).status, 200);
    assert.equal((await told('older')).at(-1), `alias.set by ${user} through other`);
  });
});
