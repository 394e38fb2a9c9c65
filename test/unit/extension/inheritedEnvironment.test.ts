import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { EnvironmentVariableCollection } from 'vscode';
import { createInheritedEnvironment } from '../../../extension/notebooks/inheritedEnvironment.ts';

const folder = path.join(path.sep, 'home', 'python');
const connection = (port: number) => ({
  trackingUri: `http://127.0.0.1:${port}`,
  trackingUriWithToken: `http://slipway:secret@127.0.0.1:${port}`,
  environment: { MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}`, MLFLOW_TRACKING_USERNAME: 'slipway', MLFLOW_TRACKING_PASSWORD: 'secret' },
  pythonPath: folder,
  cell: '',
});

/** What VS Code would change in a terminal. */
function terminals(): { readonly changes: Map<string, string>; readonly collection: EnvironmentVariableCollection } {
  const changes = new Map<string, string>();
  const collection: Pick<EnvironmentVariableCollection, 'persistent' | 'description' | 'replace' | 'append' | 'clear'> = {
    persistent: true,
    description: undefined,
    replace: (name, value) => void changes.set(name, value),
    append: (name, value) => void changes.set(name, `…${value}`),
    clear: () => changes.clear(),
  };
  return { changes, collection: collection as EnvironmentVariableCollection };
}

describe('what kernels and terminals find in their environment', () => {
  it('is the companion, beside what was there', () => {
    const variables: NodeJS.ProcessEnv = { HOME: '/home', PYTHONPATH: '/own' };
    const { changes, collection } = terminals();
    const environment = createInheritedEnvironment(collection, variables);
    environment.set(connection(1));
    assert.deepEqual(variables, { HOME: '/home', PYTHONPATH: `/own${path.delimiter}${folder}`, ...connection(1).environment });
    assert.deepEqual(Object.fromEntries(changes), { ...connection(1).environment, PYTHONPATH: `…${path.delimiter}${folder}` });
    assert.equal(collection.persistent, false, 'the token is not kept by VS Code');
  });

  it('follows a companion that has another address, and is as before once it is cleared', () => {
    const variables: NodeJS.ProcessEnv = { HOME: '/home', MLFLOW_TRACKING_USERNAME: 'me' };
    const { changes, collection } = terminals();
    const environment = createInheritedEnvironment(collection, variables);
    environment.set(connection(1));
    environment.set(connection(2));
    assert.equal(environment.current?.trackingUri, 'http://127.0.0.1:2');
    assert.deepEqual([variables['MLFLOW_TRACKING_URI'], variables['PYTHONPATH']], ['http://127.0.0.1:2', folder]);
    environment.clear();
    assert.deepEqual([variables, changes.size, environment.current], [{ HOME: '/home', MLFLOW_TRACKING_USERNAME: 'me' }, 0, undefined]);
  });

  it('stays where VS Code was started with a tracking URI', () => {
    const variables: NodeJS.ProcessEnv = { MLFLOW_TRACKING_URI: 'https://team.example.com' };
    const { changes, collection } = terminals();
    const environment = createInheritedEnvironment(collection, variables);
    environment.set(connection(1));
    assert.deepEqual([variables, changes.size, environment.isFree], [{ MLFLOW_TRACKING_URI: 'https://team.example.com' }, 0, false]);
  });
});
