import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { z } from 'zod';
import { blobPath } from '../../../server/artifacts/disk/layout.ts';
import { release as releaseSchema, type Release } from '../../../server/contract/releases.ts';
import { canonicalJson } from '../../../server/platform/canonicalJson.ts';
import { commandLine, testPython, type CommandLine } from '../../harness/commandLine.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
const model = 'flavors: {}\n';
const weights = 'the weights of the model';
const note = 'a note of the run';
const lock = 'numpy==2.0.0 --hash=sha256:00\n';

const report = z.object({
  mode: z.string(),
  wrong: z.number(),
  checks: z.array(z.object({ name: z.string(), wrong: z.number() })),
  findings: z.array(
    z.object({
      check: z.string(),
      subject: z.string(),
      message: z.string(),
      neededBy: z.array(z.string()),
      wrong: z.boolean(),
      repair: z.string().optional(),
      repaired: z.boolean(),
      remedy: z.string().optional(),
    }),
  ),
});
type Report = z.infer<typeof report>;

describe('slipway doctor', () => {
  let home: TestCompanionHome;
  let slipway: CommandLine;
  let runId: string;
  let release: Release;
  let environment: string;

  let logged: TestCompanionHome;
  before(async () => {
    logged = openCompanionHome();
    runId = await logModel(logged);
    await logged.end();
    release = releaseOf(runId);
  });
  after(() => logged.close());

  beforeEach(() => {
    home = openCompanionHome();
    cpSync(logged.root, home.root, { recursive: true });
    for (const name of readdirSync(logged.root, { recursive: true, encoding: 'utf8' })) {
      chmodSync(path.join(home.root, name), statSync(path.join(logged.root, name)).mode);
    }
    slipway = commandLine(home.root);
    environment = path.join(home.root, 'environments', sha256(lock));
    fill();
  });
  afterEach(() => home.close());

  const doctor = async (...options: string[]): Promise<Report & { code: number | null }> => {
    const { code, value } = await slipway.json(['doctor', ...options]);
    return { code, ...report.parse(value) };
  };
  const blob = (content: string): string => blobPath(path.join(home.root, 'blobs'), sha256(content));
  const inRelease = (...names: string[]): string => path.join(home.root, 'releases', release.digest, ...names);

  const logModel = async (to: TestCompanionHome): Promise<string> => {
    const { baseUrl, lock: companion } = await to.start();
    const ask = async (method: string, route: string, body: unknown): Promise<unknown> => {
      const answer = await fetch(`${baseUrl}/api/2.0/${route}`, {
        method,
        headers: { authorization: `Bearer ${companion.token}`, ...(typeof body === 'string' ? {} : { 'content-type': 'application/json' }) },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      assert.equal(answer.status, 200, `${route}: ${await answer.clone().text()}`);
      return answer.json();
    };
    const created = await ask('POST', 'mlflow/runs/create', { experiment_id: '0', run_name: 'first', start_time: 1 });
    const { run_id: id } = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }).parse(created).run.info;
    for (const [name, content] of [['model/MLmodel', model], ['model/model.bin', weights], ['note.txt', note]] as const) {
      await ask('PUT', `mlflow-artifacts/artifacts/0/${id}/artifacts/${name}`, content);
    }
    await ask('POST', 'mlflow/registered-models/create', { name: 'churn' });
    await ask('POST', 'mlflow/model-versions/create', { name: 'churn', source: `mlflow-artifacts:/0/${id}/artifacts/model`, run_id: id });
    return id;
  };

  /** A release of the version with its folder and environment, as a deploy leaves them, and an endpoint that serves it. */
  const fill = (): void => {
    mkdirSync(inRelease('model'), { recursive: true });
    writeFileSync(inRelease('model', 'MLmodel'), model);
    writeFileSync(inRelease('model', 'model.bin'), weights);
    writeFileSync(inRelease('requirements.lock'), lock);
    writeFileSync(inRelease('release.json'), JSON.stringify(release));
    const bin = path.join(environment, 'venv-1', 'bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(testPython, path.join(bin, 'python'));
    writeFileSync(path.join(environment, 'complete.json'), JSON.stringify({ python: path.join(bin, 'python'), base: testPython }));
    change((database) => {
      database.prepare('INSERT INTO environment_locks (sha256, created_at, text) VALUES (?, 1, ?)').run(sha256(lock), lock);
      database.prepare("INSERT INTO releases (digest, created_at, model_name, model_version, document) VALUES (?, 1, 'churn', 1, ?)").run(release.digest, canonicalJson(release));
      database.prepare("INSERT INTO endpoints (name, model, target, desired, live_release, live_version, created_at) VALUES ('road', 'churn', 'process', 'running', ?, 1, 1)").run(release.digest);
    });
  };

  const change = (work: (database: SqliteDatabase.Database) => void): void => {
    const database = new SqliteDatabase(path.join(home.root, 'slipway.db'));
    try {
      work(database);
    } finally {
      database.close();
    }
  };

  it('finds nothing in a home that is whole, beside a companion too, and changes nothing', async () => {
    const database = readFileSync(path.join(home.root, 'slipway.db'));
    const { code, findings, checks } = await doctor();
    assert.deepEqual([code, findings], [0, []]);
    assert.deepEqual(checks.map(({ name }) => name), ['database', 'audit', 'artifacts', 'releases', 'environments', 'leftovers', 'permissions']);
    assert.deepEqual(readFileSync(path.join(home.root, 'slipway.db')), database);
    change((each) => each.exec("UPDATE endpoints SET desired = 'deleted', live_release = NULL"));
    await home.start();
    assert.deepEqual((await doctor()).findings, []);
    const shown = await slipway.run(['doctor']);
    assert.match(shown.stdout, /artifacts +contents against their digests +3 contents.* +ok/);
    assert.match(shown.stdout, /Nothing is wrong\.\n$/);
  });

  it('names each artifact that is missing or damaged with what needs it, and takes those back that a release holds', async () => {
    rmSync(blob(model));
    writeFileSync(blob(weights), weights.replace('w', 'W'));
    truncateSync(blob(note), 3);
    const { code, wrong, findings } = await doctor();
    assert.deepEqual([code, wrong], [1, 3]);
    const of = (content: string): Report['findings'][number] | undefined => findings.find(({ subject }) => subject === blob(content));
    assert.match(of(model)?.message ?? '', /missing/);
    assert.match(of(weights)?.message ?? '', /damaged: it does not have the digest/);
    assert.match(of(note)?.message ?? '', /damaged: 3 B instead of 17 B/);
    assert.deepEqual(of(weights)?.neededBy, [`run first (${runId.slice(0, 12)}): model/model.bin`, 'model churn, version 1', `release ${release.digest.slice(0, 12)}`]);
    assert.deepEqual(of(note)?.neededBy, [`run first (${runId.slice(0, 12)}): note.txt`]);

    const dry = await doctor('--repair', '--dry-run');
    assert.deepEqual([dry.code, dry.wrong, existsSync(blob(model))], [1, 3, false], 'a dry run leaves everything as it is');

    const repaired = await doctor('--repair');
    assert.deepEqual([repaired.code, repaired.wrong], [1, 1], 'what nothing holds stays named');
    assert.deepEqual([readFileSync(blob(model), 'utf8'), readFileSync(blob(weights), 'utf8')], [model, weights]);
    assert.deepEqual((await doctor()).findings.map(({ subject }) => subject), [blob(note)]);
  });

  it('makes the files of a release again from the artifacts and the database', async () => {
    writeFileSync(inRelease('model', 'model.bin'), 'other weights');
    rmSync(inRelease('model', 'MLmodel'));
    rmSync(inRelease('requirements.lock'));
    writeFileSync(inRelease('release.json'), '{}');
    const { wrong, findings } = await doctor();
    assert.equal(wrong, 4);
    assert.deepEqual(findings[0]?.neededBy, ['endpoint road', `release ${release.digest.slice(0, 12)} of churn 1`]);
    assert.equal((await doctor('--repair')).code, 0);
    assert.deepEqual((await doctor()).findings, []);
    assert.equal(readFileSync(inRelease('model', 'model.bin'), 'utf8'), weights);
    rmSync(inRelease(), { recursive: true });
    const [gone] = (await doctor()).findings;
    assert.equal(gone?.subject, inRelease());
    assert.match(gone?.remedy ?? '', /Deploy version 1 of churn again/);
  });

  it('tries each environment, and lets one that does not work be built again', async () => {
    const python = path.join(environment, 'venv-1', 'bin', 'python');
    rmSync(python);
    writeFileSync(python, '#!/bin/sh\necho no module named encodings\nexit 1\n', { mode: 0o755 });
    const [broken] = (await doctor()).findings;
    assert.equal(broken?.subject, environment);
    assert.match(broken?.message ?? '', /does not start: no module named encodings/);
    assert.deepEqual(broken?.neededBy, [`release ${release.digest.slice(0, 12)}`]);

    writeFileSync(path.join(environment, 'complete.json'), JSON.stringify({ python: testPython, base: testPython }));
    assert.match((await doctor()).findings[0]?.message ?? '', /of another place/);
    assert.equal((await doctor('--repair')).code, 0);
    assert.equal(existsSync(path.join(environment, 'complete.json')), false, 'what is not complete is built when it is needed');
    assert.deepEqual((await doctor()).findings, []);
  });

  it('tidies what was left half-written, and moves a content back that is used', async () => {
    const left = [inRelease('..', '.new-abc'), path.join(home.root, 'token.1.2.tmp'), path.join(home.root, 'blobs', 'incoming', 'part'), path.join(home.root, 'blobs', 'removed', sha256('unused'))];
    const aside = path.join(home.root, 'blobs', 'removed', sha256(note));
    mkdirSync(path.dirname(aside), { recursive: true });
    left.forEach((file) => writeFileSync(file, 'part', { mode: 0o600 }));
    writeFileSync(aside, note);
    rmSync(blob(note));
    const { wrong, findings } = await doctor();
    assert.equal(wrong, 2, 'the content, once as missing and once as taken aside');
    assert.deepEqual(findings.filter((each) => !each.wrong).map(({ subject }) => path.resolve(subject)).sort(), left.map((file) => path.resolve(file)).sort());
    await doctor('--repair');
    assert.deepEqual((await doctor()).findings, []);
    assert.equal(readFileSync(blob(note), 'utf8'), note);
  });

  it('closes to others what they could read', { skip: process.platform === 'win32' }, async () => {
    chmodSync(home.root, 0o755);
    chmodSync(path.join(home.root, 'token'), 0o644);
    assert.deepEqual((await doctor()).findings.map(({ subject }) => subject), [home.root, path.join(home.root, 'token')]);
    assert.equal((await doctor('--repair')).code, 0);
    assert.equal(statSync(path.join(home.root, 'token')).mode & 0o777, 0o600);
  });

  it('makes indexes again that do not fit their table', async () => {
    change((database) => {
      database.unsafeMode();
      database.pragma('writable_schema = ON');
      database.exec("UPDATE sqlite_schema SET sql = 'CREATE INDEX artifacts_by_content ON artifacts (bytes)' WHERE name = 'artifacts_by_content'");
      database.pragma('schema_version = 4711');
    });
    const [index] = (await doctor()).findings;
    assert.match(index?.message ?? '', /Indexes do not fit/);
    assert.equal((await doctor('--repair')).code, 0);
    assert.deepEqual((await doctor()).findings, []);
  });

  it('names rows that refer to nothing', async () => {
    change((database) => {
      database.pragma('foreign_keys = OFF');
      database.exec("INSERT INTO run_tags (run, key, value) VALUES (4711, 'a', 'b')");
    });
    const { code, findings } = await doctor();
    assert.equal(code, 1);
    assert.match(findings[0]?.message ?? '', /1 row of run_tags refers to what is not in runs/);
  });

  it('says of a database that cannot be read or is lost what to do, and looks at the rest', async () => {
    truncateSync(path.join(home.root, 'slipway.db'), 8192);
    const damaged = await doctor();
    assert.equal(damaged.code, 1);
    assert.match(damaged.findings[0]?.message ?? '', /slipway\.db is damaged/);
    assert.match(damaged.findings[0]?.remedy ?? '', /slipway restore/);
    rmSync(path.join(home.root, 'slipway.db'));
    const { findings } = await doctor();
    assert.match(findings[0]?.message ?? '', /is missing, and .*blobs/);
    assert.equal(existsSync(path.join(home.root, 'slipway.db')), false);
  });

  it('does not repair under a companion', async () => {
    change((each) => each.exec("UPDATE endpoints SET desired = 'deleted', live_release = NULL"));
    await home.start();
    const refused = await slipway.run(['doctor', '--repair']);
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /slipway stop/);
  });

  it('ends at once when it is cancelled', async () => {
    writeFileSync(path.join(environment, 'venv-1', 'slow'), `#!/bin/sh\ntouch ${path.join(home.root, 'started')}\nexec sleep 600\n`, { mode: 0o755 });
    writeFileSync(path.join(environment, 'complete.json'), JSON.stringify({ python: path.join(environment, 'venv-1', 'slow'), base: testPython }));
    const running = slipway.start(['doctor']);
    await running.says(/Starting environments/);
    running.process.kill('SIGINT');
    const { code, stderr } = await running.ended;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /Cancelled/);
  });
});

function releaseOf(runId: string): Release {
  const content = {
    createdAt: 1,
    model: {
      name: 'churn',
      version: 1,
      digest: sha256('model'),
      flavor: 'sklearn',
      runId,
      files: [
        { path: 'MLmodel', sha256: sha256(model), bytes: model.length },
        { path: 'model.bin', sha256: sha256(weights), bytes: weights.length },
      ],
    },
    data: [],
    environment: { sha256: sha256(lock), python: '3.11', platform: 'linux', packages: [] },
    serving: {},
    hasExample: false,
  };
  return releaseSchema.parse({ digest: sha256(JSON.stringify(content)), ...content });
}
