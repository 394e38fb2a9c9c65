import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { AuthConfigObject } from 'dockerode';
import { z } from 'zod';
import { Problem, systemErrorCode } from '../../platform/errors.ts';

/** How Docker Hub is called in the files of logins. */
const hubKey = 'https://index.docker.io/v1/';

const config = z.looseObject({
  auths: z.record(z.string(), z.looseObject({ auth: z.string().optional(), identitytoken: z.string().optional() })).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});
const held = z.object({ Username: z.string(), Secret: z.string() });

/** What a helper answers in place of a secret stands for a token under this name (https://github.com/docker/docker-credential-helpers). */
const tokenUser = '<token>';
const helperMilliseconds = 30_000;

/**
 * The login that `docker login` or `podman login` left for a registry, in a file or in a credential helper
 * (https://docs.docker.com/reference/cli/docker/login/#credential-stores). Read anew each time and kept nowhere.
 * @param registry host and port, `docker.io` for Docker Hub
 * @returns undefined where there is none: the registry may not want one
 * @throws Problem `unavailable` when a file or a helper cannot be used
 */
export async function registryLogin(registry: string): Promise<AuthConfigObject | undefined> {
  const keys = registry === 'docker.io' ? [hubKey, 'index.docker.io', 'docker.io'] : [registry, `https://${registry}`];
  for (const file of configFiles()) {
    const { auths, credHelpers, credsStore } = await readConfig(file);
    for (const key of keys) {
      const helper = credHelpers[key] ?? credsStore;
      const found = (helper === undefined ? undefined : await askHelper(helper, key)) ?? readAuth(auths[key], key);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}

function configFiles(): string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return [
    path.join(process.env['DOCKER_CONFIG'] ?? path.join(homedir(), '.docker'), 'config.json'),
    ...(runtime === undefined ? [] : [path.join(runtime, 'containers', 'auth.json')]),
    path.join(homedir(), '.config', 'containers', 'auth.json'),
  ];
}

async function readConfig(file: string): Promise<z.infer<typeof config>> {
  try {
    return config.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') {
      return config.parse({});
    }
    throw new Problem('unavailable', `The logins in ${file} cannot be read.`, { remedy: 'Correct the file, or log in again.', cause: error });
  }
}

function readAuth(entry: { readonly auth?: string | undefined; readonly identitytoken?: string | undefined } | undefined, serveraddress: string): AuthConfigObject | undefined {
  const [, username, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(entry?.auth ?? '', 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined) {
    return undefined;
  }
  return { username, password, serveraddress, ...(entry?.identitytoken === undefined ? {} : { identitytoken: entry.identitytoken }) };
}

function askHelper(name: string, key: string): Promise<AuthConfigObject | undefined> {
  if (!/^[\w.-]+$/.test(name)) {
    throw new Problem('unavailable', `"${name}" is no name of a credential helper.`, { remedy: 'Correct credsStore or credHelpers in the file of logins.' });
  }
  return new Promise((resolve, reject) => {
    const program = execFile(`docker-credential-${name}`, ['get'], { timeout: helperMilliseconds }, (error, stdout) => {
      const answer = held.safeParse(tryJson(stdout));
      if (answer.success) {
        const { Username: username, Secret: password } = answer.data;
        resolve(username === tokenUser ? { identitytoken: password, serveraddress: key } : { username, password, serveraddress: key });
      } else if (error !== null && /not found/i.test(stdout)) {
        resolve(undefined);
      } else {
        reject(new Problem('unavailable', `The credential helper docker-credential-${name} gave no login for ${key}.`, { remedy: 'Log in again with "docker login".', cause: error }));
      }
    });
    program.stdin?.on('error', () => undefined).end(key);
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
