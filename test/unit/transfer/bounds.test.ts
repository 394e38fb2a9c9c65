import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { createBounds } from '../../../server/transfer/bounds/bounds.ts';

describe('where a transfer may read', () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'slipway-bounds-')));
  after(() => rmSync(folder, { recursive: true }));
  const at = (...parts: string[]): string => path.join(folder, ...parts);
  for (const name of ['mlruns', 'mlruns-other', 'home']) {
    mkdirSync(at(name));
    writeFileSync(at(name, 'file'), '');
  }
  symlinkSync('two', at('mlruns', 'one'));
  symlinkSync('one', at('mlruns', 'two'));
  symlinkSync(at('mlruns'), at('mlruns-other', 'back'));
  symlinkSync(at('home', 'file'), at('mlruns', 'to-home'));
  const outside = { name: 'PassedOver', message: /^outside of the source/ };
  const ofHome = { name: 'PassedOver', message: /data home/ };

  it('is below a folder that was named, by name and by link', () => {
    const bounds = createBounds({ within: [at('mlruns')], home: at('home'), follows: false });
    assert.equal(bounds.follow(at('mlruns', 'file')), at('mlruns', 'file'));
    for (const place of [at('mlruns-other', 'file'), at('mlruns', '..', 'mlruns-other', 'file'), at('mlruns-other', 'back', 'file'), folder]) {
      assert.throws(() => bounds.follow(place), outside, place);
      assert.equal(bounds.admits(place), false);
    }
    assert.throws(() => bounds.follow(at('mlruns', 'one')), { name: 'PassedOver', message: 'its links lead in a circle' });
    assert.throws(() => bounds.follow(at('mlruns', 'to-home')), ofHome);
  });

  it('is anywhere but in the data home for who follows', () => {
    const bounds = createBounds({ within: [], home: at('home'), follows: true });
    assert.equal(bounds.follow(at('mlruns-other', 'back', 'file')), at('mlruns', 'file'));
    assert.throws(() => bounds.follow(at('mlruns', 'to-home')), ofHome);
    assert.throws(() => bounds.follow(at('home')), ofHome);
    assert.deepEqual([bounds.admits(at('home', 'token')), bounds.admits(at('mlruns', '..', 'home')), bounds.admits(at('mlruns'))], [false, false, true]);
  });
});
