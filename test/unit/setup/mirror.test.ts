import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorIn } from '../../setup/baseImage.ts';

test('the mirror is read from one-line sources, past comments, options and other repositories', () => {
  const text = [
    '# deb http://old.test/debian bookworm main',
    'deb http://mirror.test/debian-security bookworm-security main',
    'deb https://packages.test/apt tool-bookworm main',
    'deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror.test/debian bookworm main',
  ].join('\n');
  assert.equal(mirrorIn(text), 'http://mirror.test/debian');
});

test('the mirror is read from deb822 stanzas', () => {
  const text = [
    'Types: deb',
    'URIs: https://mirror.test/debian-security',
    'Suites: bookworm-security',
    '',
    'Types: deb deb-src',
    '# comment',
    'URIs: https://mirror.test/debian/',
    'Suites: bookworm bookworm-updates',
    'Components: main',
  ].join('\n');
  assert.equal(mirrorIn(text), 'https://mirror.test/debian/');
});

test('sources without the Debian archive have no mirror', () => {
  assert.equal(mirrorIn('deb https://packages.test/apt tool-bookworm main\n'), undefined);
});
