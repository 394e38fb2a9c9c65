import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import type { Transfer } from '../../../server/contract/transfer.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { ended, runId, writeMlruns } from '../transfer/transferHome.ts';

const secret = 'a secret of the user';
const outside = 'outside of the source, not carried (--follow to carry)';
const irregular = 'it is no regular file, but a pipe, a socket or a device';

describe('an import', () => {
  // Where a system has links above it, they would lead out of every source.
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'slipway-hostile-')));
  const secrets = path.join(folder, 'private');
  let home: TestCompanionHome;
  let client: CompanionClient;
  let source: string;

  beforeEach(async () => {
    home = openCompanionHome();
    client = await home.start();
    source = mkdtempSync(path.join(folder, 'mlruns-'));
    mkdirSync(secrets, { recursive: true });
    writeFileSync(path.join(secrets, 'secret.txt'), secret);
  });
  afterEach(() => home.close());
  after(() => rmSync(folder, { recursive: true, force: true }));

  const importFrom = async (location: string, more: { follow?: boolean; artifacts?: string } = {}): Promise<Transfer> =>
    ended(client, await client.call('startTransfer', { direction: 'import', location, ...more }));
  const notCarried = ({ report }: Transfer): string[] => (report?.notCarried ?? []).map(({ kind, id, message }) => `${kind} ${id}: ${message}`).sort();
  const pathOf = (run: number, ...parts: string[]): string => path.join(source, '77', runId(run), ...parts);
  const locate = (run: number, uri: string): void => {
    const meta = pathOf(run, 'meta.yaml');
    writeFileSync(meta, readFileSync(meta, 'utf8').replace(/artifact_uri: .*/, `artifact_uri: ${uri}`));
  };
  const artifactsOf = async (run: number, below = ''): Promise<string[]> => {
    const query = new URLSearchParams({ run_id: runId(run), path: below });
    const answer = await fetch(`${client.baseUrl}/api/2.0/mlflow/artifacts/list?${query.toString()}`, { headers: { authorization: `Bearer ${client.lock.token}` } });
    const { files = [] } = (await answer.json()) as { files?: { path: string; is_dir: boolean }[] };
    return (await Promise.all(files.map(async (file) => (file.is_dir ? artifactsOf(run, file.path) : [file.path])))).flat().sort();
  };
  /** Whether a content is in the store: a blob, a param or a tag. */
  const holds = (content: string): boolean =>
    readdirSync(home.root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.startsWith('blobs') || name.startsWith('slipway.db'))
      .map((name) => path.join(home.root, name))
      .some((file) => statSync(file).isFile() && readFileSync(file).includes(content));
  const writeVersion = (name: string, meta: Readonly<Record<string, string | number>>): void => {
    const model = path.join(source, 'models', name);
    mkdirSync(path.join(model, 'version-1'), { recursive: true });
    writeFileSync(path.join(model, 'meta.yaml'), `name: ${JSON.stringify(name)}\ncreation_timestamp: 1\nlast_updated_timestamp: 1\n`);
    const values = { version: 1, creation_timestamp: 1, last_updated_timestamp: 1, current_stage: 'None', ...meta };
    writeFileSync(path.join(model, 'version-1', 'meta.yaml'), Object.entries(values).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join(''));
  };

  it('reads nothing outside of the folder, unless it is told to follow', async () => {
    writeMlruns(source, [1, 2, 3, 4, 5].map((number) => ({ id: runId(number), points: 1 })));
    locate(1, pathToFileURL(secrets).href);
    symlinkSync(path.join(secrets, 'secret.txt'), pathOf(2, 'artifacts', 'link.txt'));
    symlinkSync(pathOf(2, 'artifacts', 'file.txt'), pathOf(2, 'artifacts', 'inside.txt'));
    symlinkSync(secrets, pathOf(2, 'artifacts', 'folder'));
    symlinkSync('..', pathOf(2, 'artifacts', 'circle'));
    rmSync(pathOf(3, 'params'), { recursive: true });
    symlinkSync(secrets, pathOf(3, 'params'));
    symlinkSync(path.join(secrets, 'secret.txt'), pathOf(4, 'tags', 'stolen'));
    locate(5, pathToFileURL(home.root).href);

    const imported = await importFrom(source);
    assert.equal(imported.state, 'incomplete', imported.message);
    const links = [
      `artifact ${runId(2)}/link.txt: ${outside}`,
      `artifact ${runId(2)}/folder: ${outside}`,
      `artifacts ${runId(1)}: ${pathToFileURL(secrets).href}: ${outside}`,
      `artifacts ${runId(5)}: ${pathToFileURL(home.root).href}: ${outside}`,
      `file 77/${runId(3)}/params: ${outside}`,
      `file 77/${runId(4)}/tags/stolen: ${outside}`,
    ];
    assert.deepEqual(notCarried(imported).filter((line) => line.endsWith(outside)), links.sort());
    assert.deepEqual([imported.report?.conflicts, imported.report?.differences, imported.report?.target.runs], [[], [], 5]);
    assert.ok((await artifactsOf(2)).includes('inside.txt'), 'a link that stays inside is followed');
    assert.ok(!holds(secret) && !holds(client.lock.token), 'nothing of the user is in the store');

    const followed = await importFrom(source, { follow: true });
    assert.deepEqual(
      notCarried(followed).filter((line) => !line.includes('circle')),
      [`artifacts ${runId(5)}: ${pathToFileURL(home.root).href}: in the data home of Slipway, which is never read`],
    );
    assert.ok(holds(secret));
    assert.ok(!holds(client.lock.token));
    assert.deepEqual(await artifactsOf(1), ['secret.txt']);
    assert.deepEqual(await artifactsOf(5), []);
  });

  it('takes no place of this machine for that of a run, and refuses a data home', async () => {
    writeMlruns(source, [{ id: runId(1), points: 1 }]);
    locate(1, 'file:///etc');
    await importFrom(source);
    const query = new URLSearchParams({ run_uuid: runId(1), path: 'passwd' });
    const answer = await fetch(`${client.baseUrl}/get-artifact?${query.toString()}`, { headers: { authorization: `Bearer ${client.lock.token}` } });
    assert.equal(answer.status, 404);
    mkdirSync(path.join(home.root, 'blobs', 'mlruns'));
    writeMlruns(path.join(home.root, 'blobs', 'mlruns'), [{ id: runId(2), points: 1 }]);
    const refused = await importFrom(path.join(home.root, 'blobs', 'mlruns'), { follow: true });
    assert.match(refused.message, /cannot be imported: in the data home of Slipway, which is never read/);
  });

  it('passes over what is no regular file, or too large, and carries the rest', async () => {
    writeMlruns(source, [1, 2, 3].map((number) => ({ id: runId(number), points: 1 })));
    const pipes = [pathOf(1, 'artifacts', 'pipe'), pathOf(1, 'params', 'pipe'), pathOf(1, 'metrics', 'pipe'), path.join(source, '78', 'meta.yaml')];
    mkdirSync(path.join(source, '78'));
    pipes.forEach((pipe) => execFileSync('mkfifo', [pipe]));
    rmSync(pathOf(2, 'meta.yaml'));
    execFileSync('mkfifo', [pathOf(2, 'meta.yaml')]);
    writeFileSync(pathOf(3, 'params', 'huge'), '');
    truncateSync(pathOf(3, 'params', 'huge'), 600 * 2 ** 20);
    const socket = createSocket();
    const bound = path.join(folder, 's');
    await new Promise<void>((resolve) => socket.listen(bound, resolve));
    symlinkSync(bound, pathOf(3, 'artifacts', 'socket'));
    try {
      const imported = await importFrom(source, { follow: true });
      assert.equal(imported.state, 'incomplete', imported.message);
      assert.deepEqual(notCarried(imported), [
        `artifact ${runId(1)}/pipe: ${irregular}`,
        `artifact ${runId(3)}/socket: ${irregular}`,
        `file 77/${runId(1)}/metrics/pipe: ${irregular}`,
        `file 77/${runId(1)}/params/pipe: ${irregular}`,
        `file 77/${runId(2)}/meta.yaml: ${irregular}`,
        `file 77/${runId(3)}/params/huge: it holds 629 MB; at most 1 MB are read of such a file`,
        `file 78/meta.yaml: ${irregular}`,
      ]);
      assert.deepEqual([imported.report?.target.runs, imported.report?.target.params, imported.report?.differences], [2, 2, []]);
    } finally {
      socket.close();
    }
  });

  it('names what may not come in, and the rest goes on', async () => {
    writeMlruns(source, [1, 2, 3, 4, 5].map((number) => ({ id: runId(number), points: 1 })));
    const replace = (run: number, from: RegExp, to: string): void => writeFileSync(pathOf(run, 'meta.yaml'), readFileSync(pathOf(run, 'meta.yaml'), 'utf8').replace(from, to));
    replace(1, /run_name: .*/, 'run_name: "a\\nb"');
    replace(2, /start_time: .*/, 'start_time: 1.5');
    writeFileSync(pathOf(3, 'meta.yaml'), 'run_id: [');
    writeFileSync(pathOf(4, 'params', 'a\u001bb'), '1');
    writeFileSync(pathOf(4, 'metrics', 'broken'), 'no line of a metric\n');
    for (const name of ['good', 'a:b', 'a\nimport os']) {
      writeVersion(name, { source: `/gone/77/${runId(5)}/artifacts`, run_id: runId(5) });
    }
    mkdirSync(path.join(source, 'models', 'good', 'aliases'));
    writeFileSync(path.join(source, 'models', 'good', 'aliases', 'champion'), '1');
    writeFileSync(path.join(source, 'models', 'good', 'aliases', 'nowhere'), '7');
    const imported = await importFrom(source);
    assert.equal(imported.state, 'incomplete', imported.message);
    assert.deepEqual(notCarried(imported).map((line) => line.split(': ').slice(0, 2).join(': ')), [
      'alias good@nowhere: it names version 7, which is not there',
      `file 77/${runId(3)}/meta.yaml: it is no YAML`,
      'registered model "a\\nimport os": Invalid name "a\\nimport os"',
      "registered model a:b: Invalid model name 'a:b'. Names cannot contain '/' or ':'.",
      `run ${runId(1)}: Invalid run_name "a\\nb"`,
      `run ${runId(2)}: its start time is 1.5, which is no time`,
      `run ${runId(4)}: metric "broken"`,
      `run ${runId(4)}: param "a\\u001bb"`,
    ]);
    assert.deepEqual((await client.call('listModels', {})).models.map(({ name }) => name), ['good']);
    assert.deepEqual((await client.call('listRuns', {})).runs.map((run) => run.runId).sort(), [runId(4), runId(5)]);
    assert.deepEqual([imported.report?.differences, imported.report?.target.aliases], [[], 1]);
  });

  it('takes a version from no place that a new one could not name', async () => {
    writeMlruns(source, [1].map((number) => ({ id: runId(number), points: 1 })));
    const inside = `/gone/77/${runId(1)}/artifacts`;
    const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      good: { source: `runs:/${runId(1)}/model`, storage_location: `${inside}/model`, run_id: runId(1) },
      bucket: { source: 's3://bucket/model' },
      folder: { source: 'file:///etc', storage_location: 'file:///etc' },
      stored: { source: `runs:/${runId(1)}/model`, storage_location: 'file:///etc', run_id: runId(1) },
      host: { source: 'http://127.0.0.1:9/model' },
      climbs: { source: `${inside}/../../../../etc`, run_id: runId(1) },
      proxied: { source: `mlflow-artifacts:/0/${runId(9)}/artifacts` },
    };
    Object.entries(cases).forEach(([name, meta]) => writeVersion(name, meta));
    const imported = await importFrom(source);
    assert.deepEqual(notCarried(imported).map((line) => line.split(': ')[0]), ['version climbs/1', 'version folder/1', 'version host/1', 'version proxied/1', 'version stored/1']);
    assert.deepEqual([imported.report?.conflicts, imported.report?.differences, imported.report?.target.versions], [[], [], 2]);
    const query = new URLSearchParams({ name: 'stored', version: '1', path: 'passwd' });
    const answer = await fetch(`${client.baseUrl}/model-versions/get-artifact?${query.toString()}`, { headers: { authorization: `Bearer ${client.lock.token}` } });
    assert.equal(answer.status, 404);
  });

  it('reads of a database what lies beside it or in the folder that is named, and waits for no pipe', async () => {
    const file = path.join(source, 'mlflow.db');
    writeDatabase(file, [
      [runId(1), pathToFileURL(secrets).href, '1'],
      [runId(2), path.join(source, 'mlruns', runId(2), 'artifacts'), '2'],
      [runId(3), `/gone/mlruns/${runId(3)}/artifacts`, 'x'.repeat(2 ** 21)],
    ]);
    for (const id of [2, 3]) {
      mkdirSync(path.join(source, 'mlruns', runId(id), 'artifacts'), { recursive: true });
      writeFileSync(path.join(source, 'mlruns', runId(id), 'artifacts', 'own.txt'), 'own');
    }
    const imported = await importFrom(file);
    assert.deepEqual(notCarried(imported), [
      `artifacts ${runId(1)}: ${pathToFileURL(secrets).href}: ${outside}`,
      `value ${runId(3)} p: it holds 2.1 MB; at most 1 MB are read of such a value`,
    ]);
    assert.deepEqual([imported.report?.target.runs, imported.report?.target.artifacts, imported.report?.target.params], [3, 2, 2]);
    assert.ok(!holds(secret));
    await importFrom(file, { artifacts: secrets });
    assert.ok(holds(secret), 'the folder that was named is read');
    execFileSync('mkfifo', [`${file}-journal`]);
    assert.match((await importFrom(file)).message, /mlflow\.db-journal is no regular file/);
  });

  it('lets a run name a bucket, and no host, nor the files of another run', async () => {
    const file = path.join(source, 'mlflow.db');
    const uris = ['s3://bucket/1', 'hdfs://127.0.0.1:9/2', `mlflow-artifacts:/0/${runId(9)}/artifacts`];
    writeDatabase(file, uris.map((uri, index) => [runId(index + 1), uri, '1']));
    const imported = await importFrom(file);
    assert.equal(imported.state, 'succeeded', imported.message);
    const places = uris.map(async (_uri, index) => {
      const answer = await fetch(`${client.baseUrl}/api/2.0/mlflow/runs/get?run_id=${runId(index + 1)}`, { headers: { authorization: `Bearer ${client.lock.token}` } });
      return ((await answer.json()) as { run: { info: { artifact_uri: string } } }).run.info.artifact_uri;
    });
    assert.deepEqual(await Promise.all(places), ['s3://bucket/1', ...[2, 3].map((id) => `mlflow-artifacts:/1/${runId(id)}/artifacts`)]);
  });

  it('asks a server for nothing that its listing does not hold', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const answer = answerOf(request.url ?? '');
      asked.push(request.url ?? '');
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { error_code: 'RESOURCE_DOES_NOT_EXIST' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address !== 'string');
    try {
      const imported = await importFrom(`http://127.0.0.1:${address.port}`);
      assert.equal(imported.state, 'incomplete', imported.message);
      const elsewhere = 'the server lists it at a path that leads elsewhere';
      assert.deepEqual(notCarried(imported).filter((line) => !line.startsWith('version')), [
        `artifact ${runId(1)}/../../escape.txt: ${elsewhere}`,
        `artifact ${runId(1)}//etc/x: ${elsewhere}`,
        `artifact ${runId(1)}/sub/..: ${elsewhere}`,
        `artifact ${runId(3)}/sub: ${elsewhere}`,
        `artifact ${runId(3)}/other/x: ${elsewhere}`,
        `artifacts ${runId(2)}: mlflow-artifacts:/1/../../escape: Invalid path`,
        `experiment with its runs "a\\nb": Invalid name "a\\nb": names cannot contain line breaks or other control characters.`,
        `metric ${runId(3)} m: GET /api/2.0/mlflow/metrics/get-history answered 404: `,
        `registered model a/b: Invalid model name 'a/b'. Names cannot contain '/' or ':'.`,
        `run ../../x: "../../x" is no id: ids hold letters, digits, underscores and dashes`,
        `run ${runId(4)}: it cannot be understood: ✖ Invalid input: expected string, received number → at info.experiment_id`,
      ].sort());
      assert.match(notCarried(imported).at(-1) ?? '', /^version good\/2: Invalid model version source: 'file:\/\/\/etc'/);
      assert.deepEqual(asked.filter((url) => /escape|etc|\.\./.test(decodeURIComponent(url))), []);
      assert.deepEqual([await artifactsOf(1), await artifactsOf(3)], [['good.txt'], ['good.txt', 'sub/deep.txt']]);
      assert.deepEqual((await client.call('listModels', {})).models.map(({ name }) => name), ['good']);
    } finally {
      server.close();
    }
  });
});

/** What the answers of MLflow's REST protocol hold, with entries that no server of MLflow gives. */
function answerOf(url: string): unknown {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const run = (id: string, uri: string, status: unknown = 'FINISHED'): object => ({ info: { run_id: id, experiment_id: '1', run_name: 'r', status, start_time: 1, artifact_uri: uri } });
  const file = (name: string): object => ({ path: name, is_dir: false, file_size: 4 });
  const folder = (name: string): object => ({ path: name, is_dir: true });
  switch (pathname) {
    case '/api/2.0/mlflow/experiments/search':
      return { experiments: [{ experiment_id: '1', name: 'e', lifecycle_stage: 'active' }, { experiment_id: '2', name: 'a\nb', lifecycle_stage: 'active' }] };
    case '/api/2.0/mlflow/runs/search':
      return {
        runs: [
          run(runId(1), `mlflow-artifacts:/1/${runId(1)}/artifacts`),
          run(runId(2), 'mlflow-artifacts:/1/../../escape'),
          { ...run(runId(3), 's3://bucket/3'), data: { metrics: [{ key: 'm', value: 1, timestamp: 1, step: 0 }] } },
          { info: { run_id: runId(4), experiment_id: 7 } },
          run('../../x', 'mlflow-artifacts:/1/x'),
        ],
      };
    case '/api/2.0/mlflow-artifacts/artifacts':
      return searchParams.get('path')?.endsWith('/sub') === true ? { files: [folder('..')] } : { files: [file('good.txt'), file('../../escape.txt'), file('/etc/x'), folder('sub')] };
    case '/api/2.0/mlflow/artifacts/list':
      return searchParams.get('path') === 'sub' ? { files: [file('sub/deep.txt'), folder('sub'), file('other/x')] } : { files: [file('good.txt'), folder('sub')] };
    case '/api/2.0/mlflow/registered-models/search':
      return searchParams.has('filter') ? {} : { registered_models: [{ name: 'a/b' }, { name: 'good' }] };
    case '/api/2.0/mlflow/model-versions/search':
      return searchParams.get('filter')?.includes('good') === true
        ? { model_versions: [{ name: 'good', version: '1', source: 's3://bucket/model' }, { name: 'good', version: '2', source: 'file:///etc' }] }
        : {};
    case '/api/2.0/mlflow/model-versions/get-download-uri':
      return { artifact_uri: searchParams.get('version') === '1' ? 's3://bucket/model' : 'file:///etc' };
    case '/api/2.0/mlflow/logged-models/search':
      return {};
    case '/get-artifact':
    case `/api/2.0/mlflow-artifacts/artifacts/1/${runId(1)}/artifacts/good.txt`:
      return 'good';
    default:
      return undefined;
  }
}

/** Writes the tables of MLflow 3 as far as an import reads them. */
function writeDatabase(file: string, runs: readonly (readonly [id: string, uri: string, param: string])[]): void {
  const database = new SqliteDatabase(file);
  database.exec(`
    CREATE TABLE experiments (experiment_id INTEGER, name TEXT, lifecycle_stage TEXT, creation_time INTEGER, last_update_time INTEGER);
    CREATE TABLE experiment_tags (key TEXT, value TEXT, experiment_id INTEGER);
    CREATE TABLE runs (run_uuid TEXT, name TEXT, user_id TEXT, status TEXT, start_time INTEGER, end_time INTEGER, lifecycle_stage TEXT, deleted_time INTEGER, artifact_uri TEXT, experiment_id INTEGER);
    CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER, is_nan INTEGER);
    CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
    CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
    CREATE TABLE inputs (input_uuid TEXT, source_type TEXT, source_id TEXT, destination_type TEXT, destination_id TEXT, step INTEGER);
    CREATE TABLE input_tags (input_uuid TEXT, name TEXT, value TEXT);
    CREATE TABLE datasets (dataset_uuid TEXT, experiment_id INTEGER, name TEXT, digest TEXT, dataset_source_type TEXT, dataset_source TEXT, dataset_schema TEXT, dataset_profile TEXT);
    CREATE TABLE logged_models (model_id TEXT, experiment_id INTEGER, name TEXT, artifact_location TEXT, creation_timestamp_ms INTEGER, last_updated_timestamp_ms INTEGER, status INTEGER, lifecycle_stage TEXT, model_type TEXT, source_run_id TEXT, status_message TEXT);
    CREATE TABLE registered_models (name TEXT, creation_time INTEGER, last_updated_time INTEGER, description TEXT);
    CREATE TABLE model_versions (name TEXT, version INTEGER, source TEXT);
    INSERT INTO experiments VALUES (1, 'e', 'active', 1, 1);
  `);
  for (const [id, uri, param] of runs) {
    database.prepare(`INSERT INTO runs VALUES (?, 'r', 'me', 'FINISHED', 1, 2, 'active', NULL, ?, 1)`).run(id, uri);
    database.prepare(`INSERT INTO params VALUES ('p', ?, ?)`).run(param, id);
  }
  database.close();
}
