import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { environmentFor, keepEnvironmentOf, type Recipient } from '../../../server/platform/environment.ts';

const uncaged: readonly Recipient[] = ['companion', 'gateway', 'script', 'python', 'packages', 'git'];
const everyone: readonly Recipient[] = [...uncaged, 'build', 'replica'];

/** Logins that shells of data scientists hold, and what bends a program. */
const foreign = {
  MLFLOW_TRACKING_URI: 'http://127.0.0.1',
  MLFLOW_TRACKING_TOKEN: 'secret',
  MLFLOW_TRACKING_PASSWORD: 'secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'secret',
  AZURE_CLIENT_SECRET: 'secret',
  GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
  GITHUB_TOKEN: 'secret',
  HF_TOKEN: 'secret',
  OPENAI_API_KEY: 'secret',
  WANDB_API_KEY: 'secret',
  UV_PUBLISH_TOKEN: 'secret',
  SSH_AUTH_SOCK: '/agent',
  NODE_OPTIONS: '--require /evil.js',
  LD_PRELOAD: '/evil.so',
  PYTHONPATH: '/elsewhere',
  VIRTUAL_ENV: '/elsewhere',
  CONDA_PREFIX: '/elsewhere',
  GIT_DIR: '/elsewhere',
  VSCODE_IPC_HOOK: '/socket',
  MY_PATH: '/elsewhere',
};

function getting(name: string): Recipient[] {
  return everyone.filter((recipient) => name in environmentFor(recipient, { [name]: 'value' }));
}

describe('the environment of what Slipway starts', () => {
  it('holds no logins of the shell, for none of them', () => {
    for (const recipient of everyone) {
      assert.deepEqual(environmentFor(recipient, { ...foreign, PATH: '/bin' }), { PATH: '/bin' }, recipient);
    }
  });

  it('holds for each what it needs', () => {
    for (const name of ['HOME', 'SHELL', 'TMPDIR', 'ProgramFiles(x86)']) {
      assert.deepEqual(getting(name), uncaged, name);
    }
    for (const name of ['Path', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH']) {
      assert.deepEqual(getting(name), everyone, name);
    }
    for (const name of ['TEMP', 'UserProfile', 'SystemRoot']) {
      assert.deepEqual(getting(name), process.platform === 'win32' ? everyone : uncaged, name);
    }
    assert.deepEqual(getting('ELECTRON_RUN_AS_NODE'), ['companion', 'gateway', 'script']);
    assert.deepEqual(getting('SLIPWAY_TRACKING_URI'), ['companion']);
    assert.deepEqual(getting('DOCKER_HOST'), ['companion']);
    assert.deepEqual(getting('PYENV_VERSION'), ['companion', 'python', 'packages']);
    for (const name of ['https_proxy', 'NO_PROXY', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'PIP_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_INDEX_INTERNAL_PASSWORD', 'CFLAGS']) {
      assert.deepEqual(getting(name), ['companion', 'packages', 'build'], name);
    }
    for (const name of ['NETRC', 'PYTHON_KEYRING_BACKEND', 'SSL_CLIENT_CERT', 'CARGO_HOME']) {
      assert.deepEqual(getting(name), ['companion', 'packages'], name);
    }
    assert.deepEqual(getting('GIT_CONFIG_GLOBAL'), ['companion', 'git']);
  });

  it('holds what a user passes on, for the tools of packages alone', () => {
    const environment = { SLIPWAY_PASS_ON: 'INDEX_TOKEN, OTHER', INDEX_TOKEN: 'secret', OTHER: '1', HF_TOKEN: 'secret' };
    assert.deepEqual(environmentFor('packages', environment), { INDEX_TOKEN: 'secret', OTHER: '1' });
    assert.deepEqual(Object.keys(environmentFor('companion', environment)).sort(), ['INDEX_TOKEN', 'OTHER', 'SLIPWAY_PASS_ON']);
    for (const recipient of ['gateway', 'script', 'python', 'git', 'build', 'replica'] as const) {
      assert.deepEqual(environmentFor(recipient, environment), {}, recipient);
    }
  });

  it('is cleared of the rest by the companion itself, which adds what its own file holds', () => {
    const environment: NodeJS.ProcessEnv = { ...foreign, PATH: '/bin', HTTPS_PROXY: 'http://shell', SLIPWAY_REPORT_FD: '3' };
    keepEnvironmentOf('companion', { HTTPS_PROXY: 'http://file', SLIPWAY_BASE_IMAGE: 'debian', INDEX_TOKEN: 'secret' }, environment);
    assert.deepEqual(environment, { PATH: '/bin', HTTPS_PROXY: 'http://file', SLIPWAY_BASE_IMAGE: 'debian', INDEX_TOKEN: 'secret', SLIPWAY_PASS_ON: 'INDEX_TOKEN' });
    assert.deepEqual(environmentFor('packages', environment), { PATH: '/bin', HTTPS_PROXY: 'http://file', INDEX_TOKEN: 'secret' });
    assert.deepEqual(environmentFor('python', environment), { PATH: '/bin' });
  });
});
