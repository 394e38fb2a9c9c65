import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { registryLogin } from '../../../server/releases/images/registryLogin.ts';

describe('the login of a registry', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-login-'));
  const kept = { ...process.env };
  const basic = (text: string): string => Buffer.from(text).toString('base64');
  const write = (file: string, content: object): void => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(content));
  };
  const docker = path.join(folder, 'docker', 'config.json');
  const podman = path.join(folder, 'run', 'containers', 'auth.json');

  before(() => {
    const helper = path.join(folder, 'docker-credential-vault');
    // The protocol of credential helpers: the server on standard input, the login or a sentence on standard output.
    writeFileSync(helper, `#!/bin/sh\nread -r server\ncase "$server" in\n  token.example) echo '{"ServerURL":"x","Username":"<token>","Secret":"t0ken"}';;\n  held.example) echo '{"ServerURL":"x","Username":"ada","Secret":"s:cret"}';;\n  *) echo 'credentials not found in native keychain'; exit 1;;\nesac\n`);
    chmodSync(helper, 0o755);
    Object.assign(process.env, { DOCKER_CONFIG: path.dirname(docker), XDG_RUNTIME_DIR: path.join(folder, 'run'), HOME: folder, PATH: `${folder}${path.delimiter}${kept['PATH'] ?? ''}` });
  });
  beforeEach(() => {
    rmSync(docker, { force: true });
    rmSync(podman, { force: true });
  });
  after(() => {
    process.env = kept;
    rmSync(folder, { recursive: true, force: true });
  });

  it('is none where nobody has logged in', async () => {
    assert.equal(await registryLogin('held.example'), undefined);
  });

  it('comes from the files of docker and podman, passwords with colons too', async () => {
    write(docker, { auths: { 'a.example:5000': { auth: basic('ada:p:w') }, 'https://index.docker.io/v1/': { auth: basic('hub:pw') } } });
    write(podman, { auths: { 'b.example': { auth: basic('bo:pw') } } });
    assert.deepEqual(await registryLogin('a.example:5000'), { username: 'ada', password: 'p:w', serveraddress: 'a.example:5000' });
    assert.equal((await registryLogin('docker.io'))?.username, 'hub');
    assert.equal((await registryLogin('b.example'))?.username, 'bo');
    assert.equal(await registryLogin('c.example'), undefined);
  });

  it('comes from a credential helper, of one registry or of all', async () => {
    write(docker, { credsStore: 'vault', auths: { 'held.example': {} } });
    assert.deepEqual(await registryLogin('held.example'), { username: 'ada', password: 's:cret', serveraddress: 'held.example' });
    assert.deepEqual(await registryLogin('token.example'), { identitytoken: 't0ken', serveraddress: 'token.example' });
    assert.equal(await registryLogin('other.example'), undefined);
    write(docker, { credHelpers: { 'held.example': 'vault' } });
    assert.equal((await registryLogin('held.example'))?.username, 'ada');
  });

  it('is told where a file or a helper cannot be used', async () => {
    write(docker, { credsStore: '../evil' });
    await assert.rejects(registryLogin('held.example'), (error) => Problem.is(error, 'unavailable'));
    write(docker, { credsStore: 'missing' });
    await assert.rejects(registryLogin('held.example'), (error) => Problem.is(error, 'unavailable') && /docker-credential-missing/.test(error.message));
    writeFileSync(docker, '{');
    await assert.rejects(registryLogin('held.example'), (error) => Problem.is(error, 'unavailable') && error.message.includes(docker));
  });
});
