import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../../server/platform/errors.ts';
import { toTransferProblem } from '../../../server/transfer/transferProblem.ts';
import { checkPath } from '../../../server/transfer/probe.ts';

const nobody = 65_534;
const signal = new AbortController().signal;

/** A Node that every user may start: a home folder may be closed to others. */
function openNode(folder: string): string {
  for (let at = process.execPath; at !== path.dirname(at); at = path.dirname(at)) {
    if ((statSync(at).mode & 1) === 0) {
      const copy = path.join(folder, 'node');
      copyFileSync(process.execPath, copy);
      chmodSync(copy, 0o755);
      return copy;
    }
  }
  return process.execPath;
}

describe('a path that a transfer cannot use', { skip: process.platform === 'win32' ? 'paths of POSIX' : false }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bad-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const refusal = async (location: string, direction: 'import' | 'export' = 'export'): Promise<string> => {
    const found = await checkPath('location', location, direction, signal).then(() => undefined, (error: unknown) => error);
    assert.ok(Problem.is(found), `${location} was taken`);
    assert.equal(found.field, 'location');
    assert.ok(found.remedy !== undefined);
    return found.message;
  };

  it('is told at once, with what hinders it', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    assert.match(await refusal(path.join(file, 'below')), /^location: .*file\S* cannot be used: a part of its path is a file\.$/);
    assert.match(await refusal(path.join(file, 'below', 'mlflow.db')), /a part of its path is a file/);
    const pipe = path.join(folder, 'pipe.db');
    execFileSync('mkfifo', [pipe]);
    assert.match(await refusal(pipe), /pipe\.db cannot be used: it is neither a file nor a folder/);
    assert.match(await refusal(pipe, 'import'), /neither a file nor a folder/);
    mkdirSync(path.join(folder, 'folder.db'));
    assert.match(await refusal(path.join(folder, 'folder.db')), /it is a folder/);
    assert.match(await refusal(path.join(folder, 'x'.repeat(300))), /its name is too long/);
  });

  it('may lie where the system makes no folders', { skip: process.platform === 'linux' ? false : 'Linux has these' }, async () => {
    assert.match(await refusal('/proc/slipway/below'), /^location: \/proc cannot be used: (nothing can be made there|its permissions do not allow that|its disk is read-only)\.$/);
    assert.match(await refusal('sqlite:////sys/slipway/mlflow.db'), /^location: \/sys cannot be used: (the system does not allow that|its permissions do not allow that|its disk is read-only)\.$/);
  });

  it('is refused for want of permission, for a folder and for a database', () => {
    const closed = path.join(folder, 'closed');
    mkdirSync(closed);
    writeFileSync(path.join(closed, 'mlflow.db'), '');
    for (const above of [folder, tmpdir()]) {
      const { mode } = statSync(above);
      if ((mode & 1) === 0) {
        chmodSync(above, (mode & 0o7777) | 0o011);
      }
    }
    chmodSync(path.join(closed, 'mlflow.db'), 0o444);
    chmodSync(closed, 0o555);
    const { href } = new URL('../../../server/transfer/probe.ts', import.meta.url);
    // Root may do everything: the look is had as somebody else.
    const program = `
      const { checkPath } = await import(${JSON.stringify(href)});
      process.chdir('/');
      if (process.getuid() === 0) {
        process.execPath = ${JSON.stringify(openNode(folder))};
        process.setgid(${nobody});
        process.setuid(${nobody});
      }
      for (const location of ['below', 'mlflow.db', 'new.db', '']) {
        await checkPath('location', ${JSON.stringify(closed)} + '/' + location, 'export', new AbortController().signal).then(() => console.log('taken'), ({ message }) => console.log(message));
      }`;
    const said = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) });
    const why = (at: string): string => `location: ${at} cannot be used: its permissions do not allow that.`;
    assert.deepEqual(said.trim().split('\n'), [why(closed), why(path.join(closed, 'mlflow.db')), why(closed), why(path.join(closed, 'mlflow.db'))]);
  });

  it('leaves no trace of a path that can be used', async () => {
    const target = path.join(folder, 'new', 'mlruns');
    await checkPath('location', target, 'export', signal);
    await checkPath('location', 'https://mlflow.example.com', 'export', signal);
    assert.deepEqual(readdirSync(folder).filter((name) => name === 'new' || name.startsWith('.slipway')), []);
  });

  it('that fails on the way says so, and whose disk is full', () => {
    const failure = (code: string): Error => Object.assign(new Error(code), { code, path: '/there/file' });
    const told = (code: string, direction: 'import' | 'export'): string[] => {
      const { reason, message } = toTransferProblem(failure(code), '/there', direction);
      return [reason, message];
    };
    assert.deepEqual(told('EACCES', 'export'), ['invalid-input', 'location: /there/file cannot be used: its permissions do not allow that.']);
    assert.deepEqual(told('EROFS', 'export'), ['invalid-input', 'location: /there/file cannot be used: its disk is read-only.']);
    assert.deepEqual(told('EFBIG', 'export'), ['invalid-input', 'location: /there/file cannot be used: its disk cannot hold a file of that size.']);
    assert.deepEqual(told('ENOSPC', 'export'), ['disk-full', 'location: /there/file cannot be used: its disk is full.']);
    assert.deepEqual(told('ENOSPC', 'import'), ['disk-full', 'The disk that holds the data home is full; nothing was written.']);
  });
});
