import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { packageFolders, thirdPartyNotices } from '../../setup/notices.mjs';

describe('third-party notices', () => {
  it('finds the innermost package of a bundled file, also behind a plugin and in a scope', () => {
    const inputs = ['server/main.ts', 'node_modules/zod/v4/index.js', 'require:node_modules/@a/b/node_modules/c/x.js', 'node_modules/@a/b/y.js', 'node_modules/zod/package.json'];
    assert.deepEqual(packageFolders(inputs), ['node_modules/@a/b', 'node_modules/@a/b/node_modules/c', 'node_modules/zod']);
  });

  it('gives each package its licence text, and refuses one without a licence', (t) => {
    const root = mkdtempSync(path.join(tmpdir(), 'slipway-notices-'));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const add = (name: string, manifest: object, texts: Readonly<Record<string, string>> = {}): void => {
      mkdirSync(path.join(root, name), { recursive: true });
      for (const [file, text] of Object.entries({ 'package.json': JSON.stringify({ name, version: '1.0.0', ...manifest }), ...texts })) {
        writeFileSync(path.join(root, name, file), text);
      }
    };
    add('new', { license: 'MIT' }, { 'LICENSE.md': 'Permission is granted' });
    add('old', { licenses: [{ type: 'MIT' }, { type: 'Apache-2.0' }] }, { NOTICE: 'of old' });
    add('none', {});
    const text = thirdPartyNotices(root, ['new', 'old']);
    assert.match(text, /new 1\.0\.0\nLicence: MIT\n\nPermission is granted/);
    assert.match(text, /old 1\.0\.0\nLicence: MIT OR Apache-2\.0\n\nof old/);
    assert.throws(() => thirdPartyNotices(root, ['new', 'none']), /none 1\.0\.0 names no licence/);
  });
});
