import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { readGitState } from '../../../server/notebooks/git.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { openCompanionHome } from '../../harness/testCompanion.ts';
import { openTestHome, releaseA, routeOver } from '../gateway/harness.ts';

const isLinux = process.platform === 'linux';
const secret = 'login-of-the-shell';

/** What a process was started with (https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html). */
function environmentOf(pid: number): Record<string, string> {
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter((pair) => pair !== '');
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

describe('a companion that is started from a shell with logins', () => {
  const names = ['MLFLOW_TRACKING_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'GITHUB_TOKEN'] as const;
  before(() => names.forEach((name) => (process.env[name] = secret)));
  after(() => names.forEach((name) => delete process.env[name]));

  it('has none of them, and has what its own file says', { skip: !isLinux }, async () => {
    const home = openCompanionHome();
    try {
      const file = describeHome(home.root).environmentFile;
      writeFileSync(file, '# for the index\nSLIPWAY_BASE_IMAGE="debian:12"\nINDEX_TOKEN=1\n');
      const client = await home.start({ environment: { SLIPWAY_BASE_IMAGE: 'of the shell' } });
      assert.ok(!readFileSync(`/proc/${client.lock.pid}/environ`, 'utf8').includes(secret));
      assert.ok('PATH' in environmentOf(client.lock.pid));
      assert.equal((await client.call('getSettings', {})).baseImage, 'debian:12');
      await home.end();
      rmSync(file);
      mkdirSync(file);
      await assert.rejects(home.start(), (error) => CallFailure.is(error, 'start-failed') && error.message.includes(file) && error.remedy !== undefined);
    } finally {
      await home.close();
    }
  });

  it('has a gateway without them', { skip: !isLinux }, async () => {
    const home = await openTestHome();
    try {
      await home.route('churn', routeOver([releaseA, 1, []]));
      const pid = readGatewayLock(home.home)?.pid;
      assert.ok(pid !== undefined);
      assert.ok(!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(secret));
      assert.deepEqual(Object.keys(environmentOf(pid)).filter((name) => /^(MLFLOW|PIP|UV|DOCKER|\w+_PROXY)/i.test(name)), []);
    } finally {
      await home.close();
    }
  });

  it('asks git without them', { skip: process.platform === 'win32' }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-git-'));
    const found = path.join(folder, 'found');
    const before = process.env['PATH'] ?? '';
    try {
      const git = execFileSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
      writeFileSync(path.join(folder, 'git'), `#!/bin/sh\nenv >> '${found}'\nexec '${git}' "$@"\n`);
      chmodSync(path.join(folder, 'git'), 0o700);
      for (const args of [['init', '-q'], ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', 'commit', '-q', '--allow-empty', '-m', 'first']]) {
        execFileSync(git, ['-C', folder, ...args]);
      }
      process.env['PATH'] = `${folder}${path.delimiter}${before}`;
      assert.equal((await readGitState(folder))?.commit.length, 40);
      const seen = readFileSync(found, 'utf8');
      assert.match(seen, /^PATH=/m);
      assert.ok(!seen.includes(secret));
    } finally {
      process.env['PATH'] = before;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
