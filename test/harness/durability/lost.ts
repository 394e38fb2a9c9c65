import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { z } from 'zod';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { mlflowCalls } from '../../server/tracking/mlflowCalls.ts';
import { pointsOfBatch, type AcknowledgedRun } from './mlflowLoad.ts';

const pairs = z.array(z.object({ key: z.string(), value: z.string() })).default([]);
const readRun = z.object({ run: z.object({ data: z.object({ params: pairs, tags: pairs }) }) });
const points = z.object({ metrics: z.array(z.object({ step: z.coerce.number() })).default([]) });

/**
 * What was acknowledged and is not there, what is there in part, and what is damaged.
 * @param root the data home of the companion
 */
export async function lostOf(companion: CompanionClient, root: string, runs: ReadonlyMap<string, AcknowledgedRun>): Promise<string[]> {
  const lost: string[] = [];
  for (const [runId, run] of runs) {
    lost.push(...(await lostOfRun(companion, runId, run)));
  }
  return [...lost, ...damageOf(root)];
}

async function lostOfRun(companion: CompanionClient, runId: string, run: AcknowledgedRun): Promise<string[]> {
  const mlflow = mlflowCalls(companion);
  const stepsOf = async (key: string): Promise<Set<number>> => {
    const { metrics } = points.parse(await mlflow.get(`metrics/get-history?run_id=${runId}&metric_key=${key}`));
    return new Set(metrics.map(({ step }) => step));
  };
  const [single, batch] = [await stepsOf('single'), await stepsOf('batch')];
  const { params, tags } = readRun.parse(await mlflow.get(`runs/get?run_id=${runId}`)).run.data;
  const missing = (kind: string, wanted: ReadonlyMap<string, string>, found: z.infer<typeof pairs>): string[] => {
    const there = new Map(found.map(({ key, value }) => [key, value]));
    return [...wanted].filter(([key, value]) => there.get(key) !== value).map(([key]) => `${kind} ${key} of run ${runId}`);
  };
  const artifacts: string[] = [];
  for (const [file, digest] of run.artifacts) {
    if (digest !== (await digestOf(companion, file))) {
      artifacts.push(`artifact ${file}`);
    }
  }
  const firsts = new Set([...batch].map((step) => step - (step % pointsOfBatch)));
  return [
    ...run.single.filter((step) => !single.has(step)).map((step) => `point ${step} of run ${runId}`),
    ...run.batches.filter((first) => !firsts.has(first)).map((first) => `batch ${first} of run ${runId}`),
    // What was not acknowledged is there as a whole or not at all.
    ...[...firsts].filter((first) => Array.from({ length: pointsOfBatch }, (_, point) => first + point).some((step) => !batch.has(step))).map((first) => `a part of batch ${first} of run ${runId}`),
    ...missing('param', run.params, params),
    ...missing('tag', run.tags, tags),
    ...artifacts,
  ];
}

async function digestOf({ baseUrl, lock }: CompanionClient, file: string): Promise<string | undefined> {
  const answer = await fetch(`${baseUrl}/api/2.0/mlflow-artifacts/artifacts/${file}`, { headers: { authorization: `Bearer ${lock.token}` } });
  const content = Buffer.from(await answer.arrayBuffer());
  return answer.ok ? createHash('sha256').update(content).digest('hex') : undefined;
}

/** A database that is not whole, blobs whose content is not that of their name, and uploads that were left half-written. */
function damageOf(root: string): string[] {
  const home = describeHome(root);
  const database = new SqliteDatabase(home.database, { readonly: true });
  try {
    const said = z.array(z.object({ integrity_check: z.string() })).parse(database.pragma('integrity_check')).map(({ integrity_check: line }) => line);
    const keys = z.array(z.unknown()).parse(database.pragma('foreign_key_check'));
    const files = readdirSync(home.blobs, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
    const broken = files.filter(({ parentPath, name }) => createHash('sha256').update(readFileSync(path.join(parentPath, name))).digest('hex') !== name);
    return [
      ...said.filter((line) => line !== 'ok').map((line) => `database: ${line}`),
      ...keys.map((key) => `foreign key: ${JSON.stringify(key)}`),
      ...broken.map(({ parentPath, name }) => `blob ${path.join(parentPath, name)}`),
    ];
  } finally {
    database.close();
  }
}
