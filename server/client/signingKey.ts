import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CallFailure } from './callFailure.ts';
import { environmentFor } from '../platform/environment.ts';

const execute = promisify(execFile);
const gitMilliseconds = 10_000;

/** A setting of git as it is in force here, a leading `~/` resolved; undefined where it is not set, or git is missing. */
async function gitSetting(name: string): Promise<string | undefined> {
  try {
    const { stdout } = await execute('git', ['config', '--type=path', '--get', name], { timeout: gitMilliseconds, env: environmentFor('git') });
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

/**
 * The SSH key that a person signs with: the one that is given, else git's (`gpg.format`, `user.signingKey` of https://git-scm.com/docs/git-config), where that may be a public key itself.
 * @param use gets the file of the key, which may be there for that long alone
 * @throws CallFailure `invalid-input` where git signs with none
 */
export async function withSigningKey<T>(given: string | undefined, use: (file: string) => Promise<T>): Promise<T> {
  const key = given ?? ((await gitSetting('gpg.format')) === 'ssh' ? await gitSetting('user.signingKey') : undefined);
  if (key === undefined) {
    throw new CallFailure('invalid-input', 'git signs with no SSH key here.', {
      field: 'key',
      remedy: 'Tell git: "git config --global gpg.format ssh" and "git config --global user.signingKey ~/.ssh/id_ed25519.pub"; or name one on the command line with --key FILE.',
    });
  }
  const literal = given === undefined ? /^(?:key::(?<named>.+)|(?<plain>ssh-.+))$/.exec(key)?.groups : undefined;
  const publicKey = literal?.['named'] ?? literal?.['plain'];
  if (publicKey === undefined) {
    return use(key);
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-key-'));
  try {
    const file = path.join(folder, 'key.pub');
    await writeFile(file, `${publicKey}\n`, { mode: 0o600 });
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
