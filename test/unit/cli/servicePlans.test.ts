import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launchdPlan } from '../../../server/client/service/launchd.ts';
import type { ServicePlan, ServiceSpec } from '../../../server/client/service/servicePlan.ts';
import { systemdPlan } from '../../../server/client/service/systemd.ts';
import { windowsTaskPlan } from '../../../server/client/service/windowsTask.ts';
import { testPython } from '../../harness/commandLine.ts';

/** Paths that act where they are not quoted. */
const odd = `100% "of" $HOME & it's <here>`;

describe('the files of service managers', () => {
  let folder: string;
  let spec: ServiceSpec;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-service-'));
    const program = path.join(folder, odd.replaceAll(/['"]/g, ''), 'node');
    mkdirSync(path.dirname(program));
    writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@" "$SLIPWAY_HOME"\n', { mode: 0o755 });
    spec = { home: folder, name: 'slipway-test', command: [program, `/opt/${odd}/companion.mjs`], environment: { SLIPWAY_HOME: `/home/${odd}` }, port: 5077 };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = ({ files }: ServicePlan): void => {
    for (const { path: file, content } of files) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  };
  const parsed = (program: string, file: string): unknown => JSON.parse(execFileSync(testPython, ['-c', program, file], { encoding: 'utf8' }));

  it('are units of systemd that it takes as they are meant', () => {
    const plan = systemdPlan(spec, folder, 1000);
    write(plan);
    const [socket, service] = plan.files.map((each) => each.path);
    assert.deepEqual([socket, service], ['socket', 'service'].map((kind) => path.join(folder, 'systemd/user', `slipway-test.${kind}`)));
    assert.match(plan.files[0]?.content ?? '', /^ListenStream=127\.0\.0\.1:5077$/m);
    const content = plan.files[1]?.content ?? '';
    assert.match(content, /^KillMode=process$/m);
    assert.match(content, /^UMask=0077$/m);
    // As systemd.syntax(7) and systemd.service(5) have it: %% stands for one, $$ too behind the program, a backslash for what follows.
    const unquoted = (text: string): string => text.replace(/\\(.)/g, '$1').replaceAll('%%', '%');
    const words = [.../^ExecStart=(.*)$/m.exec(content)?.[1]?.matchAll(/"((?:[^"\\]|\\.)*)"/g) ?? []].map(([, word = '']) => unquoted(word));
    assert.deepEqual(words, [spec.command[0], spec.command[1].replaceAll('$', '$$$$')]);
    assert.doesNotMatch(content, /100%[^%]/);
    assert.equal(unquoted(/^Environment="(.*)"$/m.exec(content)?.[1] ?? ''), `SLIPWAY_HOME=/home/${odd}`);
    if (spawnSync('systemd-analyze', ['--version']).status === 0) {
      const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--user', '--man=no', socket ?? '', service ?? ''], { encoding: 'utf8', env: { ...process.env, XDG_RUNTIME_DIR: folder } });
      assert.deepEqual([stderr.split('\n').filter((line) => line.includes('slipway-test')), status], [[], 0], stderr);
    }
  });

  it('say when endpoints come back, as systemd and logind answer', () => {
    const { state: systemd } = systemdPlan(spec, folder, 1000);
    const answer = (status: number, text: string): { status: number; text: string } => ({ status, text });
    assert.equal(systemd.read([answer(0, 'enabled\n'), answer(0, 'yes\n')]), 'boot');
    assert.equal(systemd.read([answer(0, 'enabled\n'), answer(0, 'no\n')]), 'login');
    assert.equal(systemd.read([answer(0, 'enabled\n'), answer(1, 'User ID 1000 is not logged in or lingering\n')]), 'login');
    assert.equal(systemd.read([answer(1, 'disabled\n'), answer(0, 'yes\n')]), 'use');
    for (const { state } of [launchdPlan(spec, folder, 501), windowsTaskPlan(spec)]) {
      assert.deepEqual([state.read([answer(0, '')]), state.read([answer(113, '')])], ['login', 'use']);
    }
  });

  it('are a property list of launchd', () => {
    const plan = launchdPlan(spec, folder, 501);
    write(plan);
    const [file = { path: '' }] = plan.files;
    assert.equal(file.path, path.join(folder, 'Library/LaunchAgents/io.slipway.slipway-test.plist'));
    assert.deepEqual(parsed('import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))', file.path), {
      Label: 'io.slipway.slipway-test',
      ProgramArguments: spec.command,
      EnvironmentVariables: spec.environment,
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      AbandonProcessGroup: true,
      Umask: 0o077,
    });
    assert.deepEqual([plan.install, plan.uninstall.before], [[['launchctl', 'bootstrap', 'gui/501', file.path]], [['launchctl', 'bootout', 'gui/501/io.slipway.slipway-test']]]);
  });

  it('are a task of Windows, whose script sets the environment and starts the companion', () => {
    const plan = windowsTaskPlan(spec);
    write(plan);
    const [file = { path: '' }] = plan.files;
    const task = '{http://schemas.microsoft.com/windows/2004/02/mit/task}';
    const found = parsed(
      `import json, sys, xml.etree.ElementTree as e; root = e.parse(sys.argv[1]).getroot(); print(json.dumps([root.tag, root.find(".//{0}LogonTrigger/{0}Enabled".format("${task}")).text, root.find(".//{0}Command".format("${task}")).text, root.find(".//{0}Arguments".format("${task}")).text]))`,
      file.path,
    ) as string[];
    assert.deepEqual(found.slice(0, 3), [`${task}Task`, 'true', 'powershell.exe']);
    const script = Buffer.from(found[3]?.split(' ').at(-1) ?? '', 'base64').toString('utf16le');
    const doubled = odd.replaceAll("'", "''");
    assert.equal(script, `$env:SLIPWAY_HOME = '/home/${doubled}'; & '${spec.command[0]}' '/opt/${doubled}/companion.mjs'`);
    assert.deepEqual(plan.install[0], ['schtasks', '/Create', '/TN', 'Slipway\\slipway-test', '/XML', file.path, '/F']);
  });
});
