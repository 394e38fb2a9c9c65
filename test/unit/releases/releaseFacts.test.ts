import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { release as releaseSchema } from '../../../server/contract/releases.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { createReleaseTable } from '../../../server/releases/releaseTables.ts';

test('the facts of a release are those of its document, and of one that is gone there are none', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-facts-'));
  const database = openDatabase(path.join(folder, 'slipway.db'));
  try {
    const table = createReleaseTable(database);
    const release = releaseSchema.parse({
      digest: 'a'.repeat(64),
      createdAt: 1,
      model: { name: 'churn', version: 3, server: 'https://mlflow.example.com', digest: 'b'.repeat(64), flavor: 'sklearn', files: [] },
      data: [],
      environment: { sha256: 'c'.repeat(64), python: '3.11', platform: 'linux-x86_64', packages: [] },
      serving: { requestTimeoutSeconds: 7 },
      hasExample: false,
    });
    assert.equal(table.facts(release.digest), undefined);
    table.insert(release);
    const { server, ...model } = release.model;
    table.insert({ ...release, digest: 'd'.repeat(64), model });
    const facts = { model: { name: 'churn', version: 3 }, server, requestTimeoutSeconds: 7 };
    assert.deepEqual(table.facts(release.digest), facts);
    assert.deepEqual(table.facts(release.digest), facts);
    assert.deepEqual(table.facts('d'.repeat(64)), { ...facts, server: undefined });
    assert.equal(table.facts(release.digest.slice(0, 12)), undefined);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
