import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { namedDataFiles, readDataReference } from '../../../server/notebooks/dataReferences.ts';

describe('namedDataFiles', () => {
  it('finds data files in string literals of any quoting, once each', () => {
    const source = `pd.read_csv("data/a.csv"); pd.read_parquet('b.parquet'); open(r"c.jsonl.gz"); pd.read_csv('data/a.csv')`;
    assert.deepEqual(namedDataFiles(source), ['data/a.csv', 'b.parquet', 'c.jsonl.gz']);
  });

  it('leaves out addresses, pictures and scripts', () => {
    assert.deepEqual(namedDataFiles(`get("https://example.com/a.csv"); save('plot.png'); run("train.py"); x = "csv"`), []);
  });
});

describe('readDataReference', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-data-'));
    mkdirSync(path.join(folder, 'workspace'));
    writeFileSync(path.join(folder, 'workspace', 'late.csv'), 'a\n1\n');
    writeFileSync(path.join(folder, 'here.csv'), 'x,y\n1,2\n');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('hashes the file beside the notebook, else the one in the workspace', async () => {
    const here = await readDataReference('here.csv', [folder, path.join(folder, 'workspace')]);
    assert.equal(here?.sha256, createHash('sha256').update('x,y\n1,2\n').digest('hex'));
    assert.equal(here?.bytes, 8);
    const late = await readDataReference('late.csv', [folder, path.join(folder, 'workspace')]);
    assert.equal(late?.path, path.join(folder, 'workspace', 'late.csv'));
  });

  it('sees that a file has changed', async () => {
    const file = path.join(folder, 'changing.csv');
    writeFileSync(file, 'a');
    utimesSync(file, 1000, 1000);
    const before = await readDataReference('changing.csv', [folder]);
    writeFileSync(file, 'b');
    utimesSync(file, 2000, 2000);
    const after = await readDataReference('changing.csv', [folder]);
    assert.notEqual(before?.sha256, after?.sha256);
  });

  it('knows no file that is not there, and no folder', async () => {
    assert.equal(await readDataReference('missing.csv', [folder]), undefined);
    assert.equal(await readDataReference('workspace', [folder]), undefined);
  });
});
