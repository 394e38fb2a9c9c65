import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls } from './mlflowCalls.ts';

const clients = 16;
const kills = 3;
const loadMilliseconds = 700;
const pointsPerBatch = 50;

const pointsOf = z.object({ metrics: z.array(z.object({ step: z.number() })).default([]) });

describe('what a companion acknowledged', () => {
  let home: TestCompanionHome;
  before(() => {
    home = openCompanionHome();
  });
  after(() => home.close());

  const stepsOf = async (client: CompanionClient, runId: string, key: string): Promise<number[]> => {
    const { metrics } = pointsOf.parse(await mlflowCalls(client).get(`metrics/get-history?run_id=${runId}&metric_key=${key}`));
    return metrics.map(({ step }) => step);
  };

  it('is there after it was killed in the middle of a load from many clients', async () => {
    const acknowledged = new Map<string, { single: number[]; batches: number[] }>();
    const sent = new Map<string, number>();
    for (let round = 0; round < kills; round += 1) {
      const companion = await home.start();
      const mlflow = mlflowCalls(companion);
      for (let index = 0; index < clients; index += 1) {
        acknowledged.set(await mlflow.createRun(), { single: [], batches: [] });
      }
      let killed = false;
      const load = [...acknowledged.keys()].slice(-clients).map(async (runId, index) => {
        for (let step = 0; !killed; step += 1) {
          sent.set(runId, step);
          const batch = Array.from({ length: pointsPerBatch }, (_, point) => ({ key: 'batch', value: point, timestamp: 1, step: step * pointsPerBatch + point }));
          const request =
            index % 2 === 0
              ? mlflow.post('runs/log-metric', { run_id: runId, key: 'single', value: step, timestamp: 1, step })
              : mlflow.post('runs/log-batch', { run_id: runId, metrics: batch });
          try {
            await request;
          } catch (error) {
            assert.ok(killed, String(error));
            return;
          }
          acknowledged.get(runId)?.[index % 2 === 0 ? 'single' : 'batches'].push(step);
        }
      });
      await pause(loadMilliseconds);
      killed = true;
      await home.kill(companion);
      await Promise.all(load);
    }

    const companion = await home.start();
    let points = 0;
    for (const [runId, { single, batches }] of acknowledged) {
      const singles = new Set(await stepsOf(companion, runId, 'single'));
      assert.deepEqual(single.filter((step) => !singles.has(step)), []);
      const batched = await stepsOf(companion, runId, 'batch');
      const present = new Set(batched);
      const expected = batches.flatMap((step) => Array.from({ length: pointsPerBatch }, (_, point) => step * pointsPerBatch + point));
      assert.deepEqual(expected.filter((step) => !present.has(step)), []);
      // What was not acknowledged is there as a whole or not at all.
      assert.equal(batched.length % pointsPerBatch, 0);
      assert.ok(Math.max(singles.size, batched.length / pointsPerBatch) <= (sent.get(runId) ?? 0) + 1);
      points += single.length + expected.length;
    }
    assert.ok(points > clients * kills, `only ${points} points were acknowledged`);
  });

  it('is a whole artifact, and of those that were on their way nothing', async () => {
    const companion = await home.start();
    const artifact = ({ lock }: CompanionClient, name: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> =>
      fetch(`http://127.0.0.1:${lock.port}/api/2.0/mlflow-artifacts/artifacts/0/durable/${name}`, {
        headers: { authorization: `Bearer ${lock.token}` },
        ...(body === undefined ? {} : { method: 'PUT', body }),
      });
    const contents = [1000, (33 << 20) + 5, 48 << 20].map((bytes) => new Uint8Array(randomBytes(bytes)));
    let killed = false;
    const acknowledged = new Set<number>();
    const sending = contents.map(async (content, index) => {
      // One is always on its way.
      for (let count = 0; !killed; count += 1) {
        const name = index === contents.length - 1 ? `${index}-${count}` : String(index);
        const answer = await artifact(companion, name, content).catch(() => undefined);
        if (answer?.status === 200 && index < contents.length - 1) {
          acknowledged.add(index);
          return;
        }
      }
    });
    while (acknowledged.size < contents.length - 1) {
      await pause(5);
    }
    killed = true;
    await home.kill(companion);
    await Promise.all(sending);

    const next = await home.start();
    for (const index of acknowledged) {
      const answer = await artifact(next, String(index));
      const digest = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
      assert.equal(digest(new Uint8Array(await answer.arrayBuffer())), digest(contents[index] ?? new Uint8Array()));
    }
    const left = await readdir(path.join(home.root, 'blobs', 'incoming'));
    assert.deepEqual(left, []);
  });
});
