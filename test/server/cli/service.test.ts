import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { companionLock } from '../../../server/contract/companion.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { until } from '../../harness/until.ts';

const fake = fileURLToPath(new URL('fakeSystemd.py', import.meta.url));

describe('slipway service', { skip: process.platform === 'linux' ? false : 'systemd is of Linux' }, () => {
  let home: TestCompanionHome;
  let folder: string;
  let slipway: CommandLine;
  before(() => {
    home = openCompanionHome();
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-systemd-'));
    for (const name of ['bin', 'state', 'config']) {
      mkdirSync(path.join(folder, name));
    }
    ['systemctl', 'loginctl'].forEach((name) => symlinkSync(fake, path.join(folder, 'bin', name)));
    slipway = commandLine(home.root, { PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, XDG_CONFIG_HOME: path.join(folder, 'config'), SLIPWAY_TEST_SYSTEMD: path.join(folder, 'state') });
  });
  after(async () => {
    const unit = state('pid');
    if (existsSync(unit) && isAlive(Number(readFileSync(unit, 'utf8')))) {
      process.kill(Number(readFileSync(unit, 'utf8')), 'SIGKILL');
    }
    await home.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const state = (name: string): string => path.join(folder, 'state', name);
  const calls = (): string[] => (existsSync(state('calls')) ? readFileSync(state('calls'), 'utf8').trim().split('\n') : []);
  const units = (): string[] => (existsSync(path.join(folder, 'config/systemd/user')) ? readdirSync(path.join(folder, 'config/systemd/user')).sort() : []);
  const succeed = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await slipway.run(words);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const lock = (): { port: number; pid: number } => companionLock.parse(JSON.parse(readFileSync(path.join(home.root, 'companion.json'), 'utf8')));

  it('asks nobody where nothing is installed, and says that endpoints stay down', async () => {
    assert.match(await succeed('service', 'status'), /not installed \(systemd\)\nWhen this machine has restarted, endpoints stay down until Slipway is used; "slipway service install"/);
    assert.match(await succeed('service', 'uninstall'), /no service to take away/);
    assert.deepEqual(calls(), []);
  });

  it('leaves everything as it was where systemd refuses', async () => {
    writeFileSync(state('broken'), '');
    const { code, stderr } = await slipway.run(['service', 'install']);
    assert.equal(code, 1);
    assert.match(stderr, /systemctl --user enable --now .* ended with 1: Failed to enable unit/);
    assert.deepEqual([units(), existsSync(path.join(home.root, 'activation.json'))], [[], false]);
    rmSync(state('broken'));
  });

  it('gives the port to systemd, which starts the companion when somebody connects', async () => {
    const port = await freePort();
    await succeed('serve', '--port', String(port));
    const before = lock().pid;
    assert.match(await succeed('service', 'install'), /^systemd keeps the companion of .*\nWhen this machine has restarted, endpoints come back by themselves\.\n$/);
    await until(() => !isAlive(before));
    assert.deepEqual(JSON.parse(readFileSync(path.join(home.root, 'activation.json'), 'utf8')), { port });
    const [service = '', socket = ''] = units();
    assert.match(service, /^slipway-[0-9a-f]{8}\.service$/);
    assert.deepEqual(calls().slice(-5, -2), ['systemctl --user daemon-reload', `systemctl --user enable --now ${socket} ${service}`, `loginctl enable-linger ${process.getuid?.() ?? ''}`]);
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
    assert.equal(lock().port, port);
    assert.match(await succeed('status'), new RegExp(`http://127\\.0\\.0\\.1:${port}`));
    assert.match(readFileSync(`/proc/${lock().pid}/stat`, 'utf8'), new RegExp(`\\) \\w ${readFileSync(state('pid'), 'utf8')} `));
    assert.match(await succeed('service', 'status'), /installed \(systemd\)\nWhen this machine has restarted, endpoints come back by themselves/);
  });

  it('says what else there is to do where the user does not linger, and renews what another place of Slipway has installed', async () => {
    rmSync(state('linger'));
    assert.match(await succeed('service', 'status'), /come back as soon as you log in\. "loginctl enable-linger" lets them come back before that/);
    const unit = path.join(folder, 'config/systemd/user', units()[0] ?? '');
    const content = readFileSync(unit, 'utf8');
    writeFileSync(unit, content.replace('ExecStart=', 'ExecStart="/old" '));
    assert.match(await succeed('service', 'status'), /installed for another place or version of Slipway: "slipway service install" renews it/);
    const { port, pid } = lock();
    await succeed('service', 'install');
    assert.equal(readFileSync(unit, 'utf8'), content);
    assert.deepEqual(calls().filter((each) => /able --now/.test(each)).slice(-2).map((each) => each.split(' ')[2]), ['disable', 'enable']);
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
    assert.notEqual(lock().pid, pid);
  });

  it('is taken away with the companion that it started, and everything that it wrote', async () => {
    const { pid } = lock();
    assert.match(await succeed('service', 'uninstall'), /systemd keeps the companion no longer/);
    await until(() => !isAlive(pid));
    assert.deepEqual([units(), existsSync(path.join(home.root, 'activation.json'))], [[], false]);
    assert.match(calls().findLast((each) => each.includes('disable')) ?? '', /^systemctl --user disable --now slipway-[0-9a-f]{8}\.service slipway-[0-9a-f]{8}\.socket$/);
  });

  it('says what logind refuses, and keeps the rest', async () => {
    rmSync(state('linger'));
    writeFileSync(state('no-linger'), '');
    assert.match(await succeed('service', 'install'), /come back as soon as you log in\..*\nloginctl enable-linger \d+ ended with 1: Could not enable linger: Access denied/);
    await succeed('service', 'uninstall');
  });
});
