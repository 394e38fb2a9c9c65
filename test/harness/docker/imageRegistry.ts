import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { until } from '../until.ts';

/** A registry of images (CNCF Distribution) that wants a login. */
export interface ImageRegistry {
  /** `127.0.0.1:PORT`: engines take such a one without TLS. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** Digest of the manifest that a tag names, as the registry says it. */
  digestOf(repository: string, tag: string): Promise<string>;
  /** Id of the image that a manifest is of, by the manifest's digest. */
  imageOf(repository: string, digest: string): Promise<string>;
  stop(): Promise<void>;
}

const user = 'slipway';
const password = 'correct horse';
/** bcrypt of the password: the one form that the registry reads. */
const hash = '$2b$05$zRsCKSg88/FBo32JI0CtIeMXfHzOQIdnEJERdac7sgRVcGxmOHlqC';

const manifests = ['application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.oci.image.manifest.v1+json'].join(', ');

export async function startImageRegistry(): Promise<ImageRegistry> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  writeFileSync(path.join(folder, 'htpasswd'), `${user}:${hash}\n`);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(configuration(folder, host)));
  const program = spawn('docker-registry', ['serve', path.join(folder, 'config.json')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  program.stderr.setEncoding('utf8').on('data', (part: string) => {
    said = `${said}${part}`.slice(-4000);
  });
  const ended = once(program, 'exit');
  const ask = (what: string, method = 'GET'): Promise<Response> =>
    fetch(`http://${host}${what}`, { method, headers: { accept: manifests, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } });
  await until(async () => {
    if (program.exitCode !== null) {
      throw new Error(`the registry did not start: ${said}`);
    }
    return ask('/v2/').then(({ ok }) => ok, () => false);
  });
  return {
    host,
    user,
    password,
    async digestOf(repository, tag) {
      const answer = await ask(`/v2/${repository}/manifests/${tag}`, 'HEAD');
      return answer.headers.get('docker-content-digest') ?? `status ${answer.status}`;
    },
    async imageOf(repository, digest) {
      const manifest = z.object({ config: z.object({ digest: z.string() }) }).parse(await (await ask(`/v2/${repository}/manifests/${digest}`)).json());
      return manifest.config.digest;
    },
    async stop() {
      program.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(folder: string, host: string): object {
  return {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'images') } },
    http: { addr: host },
    auth: { htpasswd: { realm: 'slipway', path: path.join(folder, 'htpasswd') } },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
