import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../../../server/platform/errors.ts';
import { routeFilePath } from '../../../server/gateway/routeFile.ts';
import { until } from '../../harness/until.ts';
import { openTestHome, predict, readLog, releaseA, releaseB, routeOver, type TestHome } from './harness.ts';
import { startReplica, type Answer, type TestReplica } from './replica.ts';

/** Sends requests without a pause until told to end; answers their statuses. */
function steadyLoad(url: string, clients: number): { end(): Promise<number[]> } {
  let going = true;
  const client = async (): Promise<number[]> => {
    const statuses: number[] = [];
    while (going) {
      const response = await predict(url);
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    return statuses;
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    async end() {
      going = false;
      return (await all).flat();
    },
  };
}

/** Resolves once a replica has had so many more requests. */
function served(replica: TestReplica, more: number): Promise<void> {
  const from = replica.seen.length;
  return until(() => replica.seen.length >= from + more);
}

describe('the gateway changes its routes', () => {
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

  it('switches back and forth under load without a failed request', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]], [releaseB, 0, [b]]) });
    const load = steadyLoad(test.control.url('churn'), 8);
    for (let round = 0; round < 10; round += 1) {
      await test.control.apply({ churn: routeOver([releaseA, 0, [a]], [releaseB, 100, [b]]) });
      const before = a.seen.length;
      assert.equal(await test.control.inFlight(a.address).then((count) => count <= 8), true);
      await served(b, 16);
      // What was in flight at the switch may still have arrived at the old replica; nothing sent after it.
      assert.ok(a.seen.length - before <= 8);
      await test.control.apply({ churn: routeOver([releaseA, 100, [a]], [releaseB, 0, [b]]) });
    }
    const statuses = await load.end();
    assert.deepEqual(statuses.filter((status) => status !== 200), []);
    await test.control.flush();
    assert.equal(readLog(test.home, 'churn').length, statuses.length);
  });

  it('loses no request when a replica ends in the middle of the load', async () => {
    const spare = await startReplica('spare');
    const doomed = await startReplica('doomed');
    await test.control.apply({ crash: routeOver([releaseA, 100, [doomed, spare]]) });
    const load = steadyLoad(test.control.url('crash'), 8);
    await served(doomed, 20);
    await doomed.close();
    await served(spare, 50);
    const statuses = await load.end();
    assert.ok(doomed.seen.length > 0);
    assert.deepEqual(statuses.filter((status) => status !== 200), []);
    await spare.close();
  });

  it('asks another release when the replica drops the connection before it answers', async () => {
    const dropping: Answer = (request) => {
      request.socket.destroy();
    };
    const broken = await startReplica('broken', dropping);
    await test.control.apply({ drop: routeOver([releaseB, 99, [broken]], [releaseA, 1, [a]]) });
    for (let index = 0; index < 10; index += 1) {
      assert.equal((await predict(test.control.url('drop'))).status, 200);
    }
    const statistics = await test.control.statistics('drop', releaseB);
    assert.ok((statistics?.failedAttempts ?? 0) > 0);
    await broken.close();
  });

  it('asks a replica at most once more when it keeps dropping connections', async () => {
    const broken = await startReplica('broken', (request) => {
      request.socket.destroy();
    });
    await test.control.apply({ only: routeOver([releaseB, 100, [broken]]) });
    const response = await predict(test.control.url('only'));
    assert.equal(response.status, 502);
    assert.equal(broken.seen.length, 2);
    await test.control.flush();
    assert.deepEqual(readLog(test.home, 'only').map(({ status, release }) => ({ status, release })), [{ status: 502, release: releaseB }]);
    await broken.close();
  });

  it('lets a request finish at the replica that had it when the route changed', async () => {
    let release: (() => void) | undefined;
    const slow = await startReplica('slow', async (_request, response) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      response.end('slow');
    });
    await test.control.apply({ slow: routeOver([releaseA, 100, [slow]]) });
    const pending = predict(test.control.url('slow'));
    while (release === undefined) {
      await pause(5);
    }
    await test.control.apply({ slow: routeOver([releaseB, 100, [b]]) });
    assert.equal(await test.control.inFlight(slow.address), 1);
    assert.equal((await predict(test.control.url('slow'))).headers.get('x-slipway-release'), releaseB);
    release();
    const response = await pending;
    assert.equal(await response.text(), 'slow');
    assert.equal(response.headers.get('x-slipway-release'), releaseA);
    assert.equal(await test.control.inFlight(slow.address), 0);
    await slow.close();
  });

  it('finishes what is in flight when it is told to end, and starts again with the same routes', async () => {
    let release: (() => void) | undefined;
    const slow = await startReplica('slow', async (_request, response) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      response.end('slow');
    });
    await test.control.apply({ slow: routeOver([releaseA, 100, [slow]]), churn: routeOver([releaseA, 100, [a]]) });
    const before = await test.control.status();
    const pending = predict(test.control.url('slow'));
    while (release === undefined) {
      await pause(5);
    }
    await test.control.stop();
    await assert.rejects(predict(test.control.url('churn')));
    await test.control.ensureRunning();
    assert.equal((await predict(test.control.url('churn'))).status, 200);
    assert.notEqual((await test.control.status())?.pid, before?.pid);
    release();
    assert.equal(await (await pending).text(), 'slow');
    await slow.close();
  });

  it('keeps its routes when the file is broken, and says so', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    writeFileSync(routeFilePath(test.home), '{"format":1,"generation":');
    while ((await test.control.status())?.routeFailure === undefined) {
      await pause(20);
    }
    assert.equal((await predict(test.control.url('churn'))).status, 200);
    assert.match((await test.control.status())?.routeFailure ?? '', /routes\.json/);
    const generation = (await test.control.status())?.generation;
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    assert.equal((await test.control.status())?.routeFailure, undefined);
    assert.notEqual((await test.control.status())?.generation, generation);
  });

  it('takes up a route file that was replaced without a word', async () => {
    await test.control.apply({ churn: routeOver([releaseA, 100, [a]]) });
    const generation = (await test.control.status())?.generation ?? 0;
    const changed = { format: 1, generation: generation + 5, endpoints: { churn: routeOver([releaseB, 100, [b]]) } };
    writeFileSync(routeFilePath(test.home), JSON.stringify(changed));
    while ((await test.control.status())?.generation !== generation + 5) {
      await pause(20);
    }
    assert.equal((await predict(test.control.url('churn'))).headers.get('x-slipway-release'), releaseB);
  });

  it('does not write routes that are in force already', async () => {
    const written = { churn: routeOver([releaseA, 100, [a]]), fraud: routeOver([releaseB, 100, [b]]) };
    await test.control.apply(written);
    const file = readFileSync(routeFilePath(test.home), 'utf8');
    await test.control.apply({ fraud: written.fraud, churn: written.churn });
    await test.control.ensureRunning();
    assert.equal(readFileSync(routeFilePath(test.home), 'utf8'), file);
    await test.control.apply({ churn: written.churn });
    assert.equal((await predict(test.control.url('fraud'))).status, 404);
    assert.equal((await predict(test.control.url('churn'))).status, 200);
  });

  it('starts the gateway again although the routes are the same', async () => {
    const routes = { churn: routeOver([releaseA, 100, [a]]) };
    await test.control.apply(routes);
    await test.control.stop();
    await test.control.apply(routes);
    assert.equal((await predict(test.control.url('churn'))).status, 200);
  });
});

describe('a port that another program holds', () => {
  it('is reported, and no other port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const test = await openTestHome({ gatewayPort: (other.address() as AddressInfo).port });
    try {
      await assert.rejects(test.control.apply({ churn: routeOver([releaseA, 100, []]) }), (error) => {
        assert.ok(Problem.is(error, 'conflict'));
        assert.equal(error.field, 'gatewayPort');
        assert.match(error.remedy ?? '', /slipway\.gatewayPort/);
        return true;
      });
      assert.equal(await test.control.status(), undefined);
    } finally {
      await test.close();
      await new Promise((resolve) => other.close(resolve));
    }
  });
});
