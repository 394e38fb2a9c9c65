import assert from 'node:assert/strict';
import { request as rawRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { after, before, describe, it, type TestContext } from 'node:test';
import { request } from 'undici';
import { z } from 'zod';
import { createGatewayControl, type GatewayControl } from '../../../server/gateway/control.ts';
import { until } from '../../harness/until.ts';
import { openTestHome, predict, readLog, releaseA, releaseB, routeOver, type TestHome } from './harness.ts';
import { startReplica, type TestReplica } from './replica.ts';

const answered = z.object({ replica: z.string(), path: z.string(), received: z.number() });
const problem = z.object({ error: z.object({ reason: z.string(), message: z.string(), remedy: z.string().optional() }) });

async function whoAnswered(response: Response): Promise<string> {
  assert.equal(response.status, 200);
  return answered.parse(await response.json()).replica;
}

function statusWithHeaders(port: number, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = rawRequest({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.once('error', reject);
    call.end();
  });
}

describe('the gateway forwards requests', () => {
  let test: TestHome;
  let a: TestReplica;
  let b: TestReplica;
  before(async () => {
    test = await openTestHome();
    a = await startReplica('a');
    b = await startReplica('b');
  });
  after(async () => {
    await test.close();
    await a.close();
    await b.close();
  });

  it('answers under the stable URL with the release and a request id', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    const response = await predict(test.control.url('churn'), undefined, { 'x-request-id': 'mine-1' });
    assert.equal(response.headers.get('x-request-id'), 'mine-1');
    assert.equal(response.headers.get('x-slipway-release'), releaseA);
    assert.equal(response.headers.get('x-slipway-version'), '1');
    assert.equal(await whoAnswered(response), 'a');
    assert.ok(a.seen.includes('mine-1'));
    const other = await predict(test.control.url('churn'));
    assert.match(other.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  it('passes on every path below the endpoint, with its query', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    const response = await fetch(`${test.control.url('churn')}/v2/models/churn?verbose=1`);
    assert.equal(answered.parse(await response.json()).path, '/v2/models/churn?verbose=1');
  });

  it('shows people who open the address of an endpoint its documentation, and takes what clients post there as a prediction', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    for (const address of [test.control.url('churn'), `${test.control.url('churn')}/`]) {
      const opened = await fetch(address, { redirect: 'manual' });
      assert.deepEqual([opened.status, opened.headers.get('location')], [302, '/endpoints/churn/docs']);
      const posted = await fetch(address, { method: 'POST', body: '{}' });
      assert.equal(answered.parse(await posted.json()).path, '/invocations');
      assert.equal(posted.headers.get('x-slipway-release'), releaseA);
    }
    assert.equal((await fetch(test.control.url('nobody'), { redirect: 'manual' })).status, 404);
  });

  it('streams a body that is larger than what it holds', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    const bytes = 5_000_000;
    const whole = await fetch(`${test.control.url('churn')}/invocations`, { method: 'POST', body: Buffer.alloc(bytes, 'x') });
    assert.equal(answered.parse(await whole.json()).received, bytes);
    const chunks = Readable.from(Array.from({ length: 50 }, () => Buffer.alloc(bytes / 50, 'y')));
    const chunked = await request(`${test.control.url('churn')}/invocations`, { method: 'POST', body: chunks });
    assert.equal(answered.parse(await chunked.body.json()).received, bytes);
  });

  it('splits the traffic by weight', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 80, [a]], [releaseB, 20, [b]]) });
    const requests = 2000;
    let ofB = 0;
    for (let done = 0; done < requests; done += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => predict(test.control.url('churn')).then(whoAnswered)));
      ofB += answers.filter((name) => name === 'b').length;
    }
    // Seven standard deviations of the binomial distribution: a correct split fails less than once in 10^11 runs.
    const deviation = Math.sqrt(requests * 0.2 * 0.8);
    assert.ok(Math.abs(ofB - requests * 0.2) < 7 * deviation, `${ofB} of ${requests} went to the release with 20 percent`);
    const statistics = await test.control.statistics('churn', releaseB);
    assert.equal(statistics?.requests, ofB);
    assert.equal(statistics.serverErrors, 0);
    assert.equal(statistics.latency?.count, ofB);
  });

  it('keeps a client key on its release, also when the canary grows', async () => {
    const releaseOf = async (key: string): Promise<string> => whoAnswered(await predict(test.control.url('churn'), undefined, { 'x-slipway-key': key }));
    const keys = Array.from({ length: 60 }, (_, index) => `customer-${index}`);
    await test.control.apply({ churn: routeOver([releaseA, 70, [a]], [releaseB, 30, [b]]) });
    const early = await Promise.all(keys.map(releaseOf));
    assert.deepEqual(await Promise.all(keys.map(releaseOf)), early);
    assert.ok(early.includes('a') && early.includes('b'));
    await test.control.apply({ churn: routeOver([releaseA, 30, [a]], [releaseB, 70, [b]]) });
    const late = await Promise.all(keys.map(releaseOf));
    assert.deepEqual(
      keys.filter((_, index) => early[index] === 'b' && late[index] !== 'b'),
      [],
    );
  });

  it('keeps a field of the request on its release where the route says so', async () => {
    const split = routeOver([releaseA, 50, [a]], [releaseB, 50, [b]]);
    await test.control.apply({ churn: { ...split, sticky: { by: 'field', name: 'customer_id' } } });
    const releaseOf = async (id: number, age: number): Promise<string> => whoAnswered(await predict(test.control.url('churn'), { dataframe_records: [{ customer_id: id, age }] }));
    const ids = Array.from({ length: 40 }, (_, index) => index);
    const first = await Promise.all(ids.map((id) => releaseOf(id, 20)));
    assert.deepEqual(await Promise.all(ids.map((id) => releaseOf(id, 30))), first);
    assert.ok(first.includes('a') && first.includes('b'));
  });

  it('sends what names a release to it, also without a share, and judges no release by it', async () => {
    await test.control.apply({ named: routeOver([releaseA, 100, [a]], [releaseB, 0, [b]]) });
    const url = test.control.url('named');
    const ask = (release: string): Promise<Response> => predict(url, undefined, { 'x-slipway-release': release });
    assert.deepEqual([await whoAnswered(await predict(url)), await whoAnswered(await ask('v2')), await whoAnswered(await ask('bbbbbbbb')), await whoAnswered(await ask('v1'))], ['a', 'b', 'b', 'a']);
    assert.equal((await ask(releaseB)).headers.get('x-slipway-release'), releaseB);
    const refused = await ask('v9');
    assert.equal(refused.status, 404);
    const { error } = problem.parse(await refused.json());
    assert.deepEqual([error.reason, error.message], ['not-found', 'Endpoint named has no running release v9.']);
    assert.match(error.remedy ?? '', /v1 \(a{12}\), v2 \(b{12}\)/);
    await test.control.flush();
    assert.deepEqual(readLog(test.home, 'named').map(({ release, named, status }) => [release, named, status]), [
      [releaseA, undefined, 200],
      [releaseB, true, 200],
      [releaseB, true, 200],
      [releaseA, true, 200],
      [releaseB, true, 200],
      [null, true, 404],
    ]);
    assert.equal((await test.control.statistics('named', releaseA))?.requests, 1);
  });

  it('sends copies to a shadow after the answer, bounded, without credentials, and counts what becomes of them', async (context) => {
    const release: (() => void)[] = [];
    const copies: IncomingMessage[] = [];
    const silent = await startReplica('shadow', (request, response, body) => {
      copies.push(request);
      const { a } = z.object({ a: z.number() }).parse(JSON.parse(body.toString()));
      release.push(() => response.writeHead(a === 1 ? 500 : a === 2 ? 400 : 200).end(JSON.stringify({ predictions: [a] })));
    });
    context.after(() => silent.close());
    const route = { ...routeOver([releaseA, 100, [a]], [releaseB, 0, [silent]]), shadow: { release: releaseB, percent: 100 } };
    await test.control.apply({ copied: route });
    const url = test.control.url('copied');
    const shadowOf = (): ReturnType<GatewayControl['shadow']> => test.control.shadow('copied');
    // All are answered while the shadow answers nothing: 16 copies are under way and 64 wait, the rest is dropped.
    for (let sent = 0; sent < 100; sent += 1) {
      assert.equal(await whoAnswered(await predict(url, { a: sent }, { 'x-request-id': `r-${sent}`, authorization: 'Bearer secret', cookie: 'a=b', 'x-mine': 'kept' })), 'a');
    }
    await until(async () => (await shadowOf())?.dropped === 20);
    assert.deepEqual([copies.length, (await shadowOf())?.copies], [16, 0]);
    await until(async () => {
      release.splice(0).forEach((answer) => answer());
      return (await shadowOf())?.copies === 80;
    });
    const seen = await shadowOf();
    assert.deepEqual([seen?.release, seen?.failed, seen?.refused, seen?.dropped, seen?.failure], [releaseB, 1, 1, 20, '500: {"predictions":[1]}']);
    const answers = await test.control.shadowAnswers('copied');
    assert.deepEqual(answers.map(({ id, response }) => `${id} ${response}`).sort(), Array.from({ length: 80 }, (_, index) => `r-${index} {"predictions":[${index}]}`).filter((_, index) => index !== 1 && index !== 2).sort());
    assert.ok(copies.every(({ headers }) => headers.authorization === undefined && headers.cookie === undefined && headers['x-mine'] === 'kept' && headers['x-slipway-shadow'] === '1'));
    await test.control.flush();
    assert.deepEqual([...new Set(readLog(test.home, 'copied').map((record) => record.release))], [releaseA]);
    // Without the shadow in its route it is forgotten.
    await test.control.apply({ copied: routeOver([releaseA, 100, [a]], [releaseB, 0, [silent]]) });
    assert.equal(await shadowOf(), undefined);
    assert.deepEqual(await test.control.shadowAnswers('copied'), []);
  });

  it('names the known endpoints when asked for an unknown one', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    const response = await predict(test.control.url('chrun'));
    assert.equal(response.status, 404);
    const { error } = problem.parse(await response.json());
    assert.equal(error.reason, 'not-found');
    assert.match(error.remedy ?? '', /churn/);
  });

  it('answers 503 with Retry-After when an endpoint has no replica, and logs it', async () => {
    await test.control.apply({ empty: routeOver([releaseA, 100, []]) });
    const response = await predict(test.control.url('empty'));
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '1');
    assert.equal(problem.parse(await response.json()).error.reason, 'unavailable');
    await test.control.flush();
    assert.deepEqual(
      readLog(test.home, 'empty').map(({ status, release }) => ({ status, release })),
      [{ status: 503, release: null }],
    );
  });

  it('refuses a foreign Host and a foreign Origin', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    const port = test.port;
    assert.equal(await statusWithHeaders(port, '/endpoints/churn/ping', { host: 'evil.example' }), 403);
    assert.equal(await statusWithHeaders(port, '/endpoints/churn/ping', { host: `evil.example:${port}` }), 403);
    assert.equal(await statusWithHeaders(port, '/endpoints/churn/ping', { host: `127.0.0.1:${port}`, origin: 'https://evil.example' }), 403);
    assert.equal(await statusWithHeaders(port, '/endpoints/churn/ping', { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` }), 200);
    assert.equal(await statusWithHeaders(port, '/endpoints/churn/ping', { host: `localhost:${port}` }), 200);
  });

  it('wants the control token on its control routes', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    for (const [method, path] of [['GET', 'status'], ['POST', 'reload'], ['POST', 'flush'], ['POST', 'stop'], ['POST', 'follow']] as const) {
      const response = await fetch(`http://127.0.0.1:${test.port}/-/${path}`, { method, headers: { 'x-slipway-control': 'wrong' } });
      assert.equal(response.status, 401, path);
    }
    assert.equal((await predict(test.control.url('churn'))).status, 200);
  });

  it('takes up the share of bodies to keep when the setting changes', async () => {
    await test.control.apply({ sampled: routeOver([releaseA, 100, [a]]) });
    const changed = createGatewayControl({ ...test.context, settings: () => ({ ...test.context.settings(), bodySampleRate: 0 }) });
    await changed.ensureRunning();
    await predict(test.control.url('sampled'));
    await test.control.flush();
    assert.deepEqual(readLog(test.home, 'sampled').map(({ sampled }) => sampled), [false]);
  });

  it('tells of a model that raises on many of its requests, and of no other', async (context) => {
    let asked = 0;
    const raising = await startReplica('raising', (_request, response) => {
      asked += 1;
      response.writeHead(400, asked % 2 === 0 ? { 'x-slipway-outcome': 'model-error' } : {}).end('{}');
    });
    context.after(() => raising.close());
    await test.route('raises', routeOver([releaseA, 100, [raising]]));
    const ask = async (times: number): Promise<void> => {
      for (let number = 0; number < times; number += 1) {
        await (await predict(test.control.url('raises'))).text();
      }
      await test.control.ensureRunning();
    };
    await ask(19);
    assert.equal(test.control.modelErrors('raises', releaseA), undefined, 'so few answers say nothing');
    await ask(5);
    assert.deepEqual(test.control.modelErrors('raises', releaseA), { answers: 24, modelErrors: 12 });
    await test.route('refuses', routeOver([releaseB, 100, [await startRefusing(context)]]));
    for (let number = 0; number < 24; number += 1) {
      await (await predict(test.control.url('refuses'))).text();
    }
    await test.control.ensureRunning();
    assert.equal(test.control.modelErrors('refuses', releaseB), undefined, 'refused input is no fault of the model');
  });
});

/** A replica that refuses what it is sent. */
async function startRefusing(context: TestContext): Promise<TestReplica> {
  const replica = await startReplica('refusing', (_request, response) => void response.writeHead(400).end('{}'));
  context.after(() => replica.close());
  return replica;
}
