import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readGitState } from '../../../server/notebooks/git.ts';

describe('a repository that came from elsewhere', { skip: process.platform === 'win32' }, () => {
  let folder: string;
  let ran: string;
  const git = (place: string, ...args: string[]): void => void execFileSync('git', ['-C', place, '-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'protocol.file.allow=always', ...args], { stdio: 'pipe' });
  const commit = (place: string): void => {
    git(place, 'init', '-q');
    writeFileSync(path.join(place, 'train.py'), 'one\n');
    git(place, 'add', '-A');
    git(place, 'commit', '-qm', 'one');
  };
  /** A program of the repository that tells that it ran. */
  const program = (name: string): string => {
    const file = path.join(ran, `${name}.sh`);
    writeFileSync(file, `#!/bin/sh\ntouch "${path.join(ran, name)}"\ncat\n`);
    chmodSync(file, 0o755);
    return file;
  };
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-repository-'));
    ran = mkdtempSync(path.join(tmpdir(), 'slipway-ran-'));
  });
  after(() => [folder, ran].forEach((place) => rmSync(place, { recursive: true, force: true })));

  it('names programs in its settings, none of which runs when its state is recorded', async () => {
    const inner = mkdtempSync(path.join(ran, 'inner-'));
    commit(inner);
    commit(folder);
    git(folder, 'submodule', 'add', '-q', inner, 'part');
    git(folder, 'commit', '-qm', 'two');
    assert.equal((await readGitState(folder))?.dirty, false);

    git(folder, 'config', 'core.fsmonitor', program('monitor'));
    git(path.join(folder, 'part'), 'config', 'filter.inner.clean', program('submodule-filter'));
    git(folder, 'config', 'filter.a=b.clean', program('filter'));
    git(folder, 'config', 'filter.long.process', program('process'));
    appendFileSync(path.join(folder, '.git/info/attributes'), 'train.py filter=a=b\n.gitmodules filter=long\n');
    writeFileSync(path.join(folder, '.git/modules/part/info/attributes'), 'train.py filter=inner\n');
    // What was touched is read again, through the filters.
    ['train.py', '.gitmodules'].forEach((name) => utimesSync(path.join(folder, name), 1, 1));
    utimesSync(path.join(folder, 'part/train.py'), 1, 1);
    writeFileSync(path.join(folder, 'new.py'), '');
    assert.equal((await readGitState(folder))?.dirty, true);
    assert.deepEqual(readdirSync(ran).filter((name) => !name.endsWith('.sh') && !name.startsWith('inner-')), []);
  });
});
