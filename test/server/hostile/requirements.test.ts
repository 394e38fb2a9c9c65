import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { z } from 'zod';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { allowableOf } from '../../../server/platform/allowanceNeeded.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { describeLock } from '../../../server/releases/environments/environmentLock.ts';
import { chooseInterpreter } from '../../../server/releases/environments/interpreters.ts';
import { createPackageTools } from '../../../server/releases/environments/packageTools.ts';
import { createVenvs } from '../../../server/releases/environments/venvs.ts';
import { createReleases, type Releases } from '../../../server/releases/releases.ts';
import { createCompanionParts, type CompanionParts } from '../releases/companionParts.ts';
import { createSampleModels, plainModel, type SampleModels } from '../releases/sampleModels.ts';

const never = new AbortController().signal;

/** Writes a file, and builds a module that says what it could reach while it was built. */
const setupScript = (marker: string): string => `
import os, pwd, socket
from setuptools import setup

def can(attempt):
    try:
        attempt()
        return True
    except OSError:
        return False

reached = [name for name, attempt in {
    'the marker': lambda: open(${JSON.stringify(marker)}, 'w').close(),
    'the home of the user': lambda: os.listdir(pwd.getpwuid(os.getuid()).pw_dir),
    'the data home': lambda: os.listdir(${JSON.stringify(path.dirname(path.dirname(marker)))}),
    'a Unix socket': lambda: socket.socket(socket.AF_UNIX),
    'its home': lambda: open(os.path.expanduser('~/written'), 'w').close(),
}.items() if can(attempt)]
open('acting.py', 'w').write(f'VALUE = 7\\nREACHED = {reached!r}\\nENVIRONMENT = {dict(os.environ)!r}\\n')
setup(name='acting', version='1.0', py_modules=['acting'])
`;

/** An index with one package, `acting`, whose setup.py writes a file when it runs. */
describe('a model that requires a source package', () => {
  let folder: string;
  let marker: string;
  let index: Server;
  let asked: string[];
  let url: string;
  let parts: CompanionParts;
  let models: SampleModels;
  let releases: Releases;
  const own = process.env['PIP_FIND_LINKS'];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-index-'));
    marker = path.join(folder, 'ran');
    const source = path.join(folder, 'acting-1.0');
    mkdirSync(source);
    writeFileSync(path.join(source, 'setup.py'), setupScript(marker));
    writeFileSync(path.join(source, 'acting.py'), '');
    writeFileSync(path.join(source, 'PKG-INFO'), 'Metadata-Version: 1.0\nName: acting\nVersion: 1.0\n');
    execFileSync('tar', ['-czf', 'acting-1.0.tar.gz', 'acting-1.0'], { cwd: folder });
    const archive = readFileSync(path.join(folder, 'acting-1.0.tar.gz'));
    index = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.endsWith('acting-1.0.tar.gz') === true) {
        response.writeHead(200, { 'content-type': 'application/gzip' }).end(archive);
      } else {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="/acting-1.0.tar.gz">acting-1.0.tar.gz</a>');
      }
    });
    await new Promise<void>((resolve) => index.listen(0, '127.0.0.1', resolve));
    const address = index.address();
    assert.ok(typeof address === 'object' && address !== null);
    url = `http://127.0.0.1:${address.port}/`;
  });

  after(() => {
    index.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    asked = [];
    parts = createCompanionParts();
    models = createSampleModels();
    releases = createReleases(parts.context, models);
    process.env['PIP_FIND_LINKS'] = [own, url].filter((item) => item !== undefined).join(' ');
  });

  afterEach(() => {
    if (own === undefined) {
      delete process.env['PIP_FIND_LINKS'];
    } else {
      process.env['PIP_FIND_LINKS'] = own;
    }
    rmSync(marker, { force: true });
    parts.close();
    models.close();
  });

  const prepare = (serving: object = {}, forImage = false): ReturnType<Releases['prepare']> =>
    releases.prepare({ model: 'churn', version: 1, serving: servingConfig.parse(serving), forImage }, () => undefined, never);

  for (const tool of ['uv', 'pip'] as const) {
    test(`it is refused by name, and no code of it runs (${tool})`, async () => {
      models.add('churn', plainModel({ requirements: 'acting==1.0\n' }));
      // A setting that uv does not know leaves the resolving to pip.
      process.env['PIP_PREFER_BINARY'] = tool === 'pip' ? '1' : '';
      try {
        await assert.rejects(
          prepare(),
          (error) => Problem.is(error, 'invalid-input') && error.message.includes('acting') && (error.remedy?.includes('--allow-build acting') ?? false) && isDeepStrictEqual(allowableOf(error), [{ kind: 'build', name: 'acting' }]),
        );
      } finally {
        delete process.env['PIP_PREFER_BINARY'];
      }
      assert.ok(asked.length > 0, 'the index was asked');
      assert.ok(!existsSync(marker), 'setup.py ran');
      assert.equal(releases.list().length, 0);
    });
  }

  test('a person can have it built, in a cage without the logins of the shell, and the environment holds it', async () => {
    models.add('churn', plainModel({ requirements: 'acting==1.0\n' }));
    process.env['MLFLOW_TRACKING_TOKEN'] = 'login-of-the-shell';
    const release = await prepare({ allowedBuilds: ['acting'] }).finally(() => delete process.env['MLFLOW_TRACKING_TOKEN']);
    assert.deepEqual(release.serving.allowedBuilds, ['acting']);
    assert.match(readFileSync(path.join(releases.folder(release.digest), 'requirements.lock'), 'utf8'), /^# build acting$/m);
    const progress: string[] = [];
    process.env['MLFLOW_TRACKING_TOKEN'] = 'login-of-the-shell';
    const { python } = await releases.venvs.ensureVenv(release.environment, (line) => progress.push(line), never).finally(() => delete process.env['MLFLOW_TRACKING_TOKEN']);
    const said = execFileSync(python, ['-I', '-c', 'import acting, json; print(json.dumps([acting.VALUE, acting.REACHED, acting.ENVIRONMENT]))'], { encoding: 'utf8' });
    const [value, reached, environment] = z.tuple([z.number(), z.array(z.string()), z.record(z.string(), z.string())]).parse(JSON.parse(said));
    assert.deepEqual([value, reached], [7, ['its home']]);
    assert.ok('PATH' in environment && !JSON.stringify(environment).includes('login-of-the-shell'));
    assert.ok(!existsSync(marker), 'nothing was written outside of the cage');
    assert.ok(progress.some((line) => /^Building acting from source. Isolation – Landlock: no access to your files; the network is open to it$/.test(line)), progress.join('\n'));
  });

  test('nothing is built for an environment whose lock does not say so, although its hash is the one of the source', async () => {
    const { home } = parts.context;
    const interpreter = await chooseInterpreter('', undefined, () => undefined, never);
    const hash = createHash('sha256').update(readFileSync(path.join(folder, 'acting-1.0.tar.gz'))).digest('hex');
    const text = `# python ${interpreter.minor}\n# platform ${interpreter.platform}\nacting==1.0 --hash=sha256:${hash}\n`;
    const tools = createPackageTools(path.join(home.environments, 'tools'), parts.context.home.root);
    const venvs = createVenvs({ environments: home.environments, logs: home.logs, tools, lockText: () => text, python: () => '' });
    const lock = describeLock(text, { python: interpreter.minor, platform: interpreter.platform });
    await assert.rejects(venvs.ensureVenv(lock, () => undefined, never), (error) => Problem.is(error) && error.message.includes('acting'));
    assert.ok(asked.length > 0, 'the index was asked');
    assert.ok(!existsSync(marker), 'setup.py ran');
  });

  test('an index that the requirements bring along is not asked', async () => {
    if (own === undefined) {
      delete process.env['PIP_FIND_LINKS'];
    } else {
      process.env['PIP_FIND_LINKS'] = own;
    }
    for (const [number, line] of [`--find-links ${url}`, `--extra-index-url ${url}`, `six==1.16.0 # fine\u2028--find-links ${url}`, `acting @ ${url}acting-1.0.tar.gz`].entries()) {
      models.add('churn', plainModel({ requirements: `${line}\nacting==1.0\n` }));
      await assert.rejects(
        releases.prepare({ model: 'churn', version: number + 1, serving: servingConfig.parse({}), forImage: false }, () => undefined, never),
        (error) => Problem.is(error, 'invalid-input') && error.field === 'requirements.txt' && error.message.includes(url),
        line,
      );
    }
    models.add('churn', { ...plainModel({ requirements: '-c constraints.txt\nsix==1.16.0\n' }), 'constraints.txt': `--find-links ${url}\n` });
    await assert.rejects(
      releases.prepare({ model: 'churn', version: 5, serving: servingConfig.parse({}), forImage: false }, () => undefined, never),
      (error) => Problem.is(error, 'invalid-input') && error.field === 'constraints.txt' && error.message.includes(url),
    );
    assert.deepEqual(asked, []);
    assert.ok(!existsSync(marker));
  });
});
