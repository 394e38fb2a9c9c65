import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readPolicyFile } from '../../../server/governance/policy/readPolicyFile.ts';
import { policyPath, readPolicyOnDisk } from '../../../server/governance/policy/policyOnDisk.ts';
import { Problem } from '../../../server/platform/errors.ts';

describe('a hostile policy file', () => {
  const aliases = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array.from({ length: 9 }, () => `*a${level}`).join(', ')}]`);
  const texts: readonly (readonly [string, string])[] = [
    ['aliases that grow without end', `a0: &a0 [x, x]\n${aliases.join('\n')}\nmodels: *a12\n`],
    ['nested deeper than the stack', `models: ${'['.repeat(60_000)}`],
    ['a prototype', 'models:\n  __proto__: {tier: standard}\n  x: {__proto__: {tier: critical}}\n'],
    ['more than is read', `models: {}\n${'# \n'.repeat(100_000)}`],
    ['keys that are no names', 'models:\n  ? {a: 1}\n  : {tier: standard}\n'],
    ['two documents', 'models: {}\n---\nmodels: {}\n'],
  ];
  for (const [name, text] of texts) {
    it(`is refused with a place in it: ${name}`, () => {
      const { problem, entries } = readPolicyFile(text);
      assert.ok(problem !== undefined && problem.line >= 1 && problem.column >= 1, JSON.stringify(entries));
      assert.equal(Object.getPrototypeOf({}), Object.prototype);
      assert.equal('tier' in {}, false);
    });
  }

  it('is a regular file of its name below real folders, or none', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-policy-'));
    try {
      mkdirSync(path.join(folder, 'real', 'slipway.yaml'), { recursive: true });
      symlinkSync(path.join(folder, 'real'), path.join(folder, 'link'));
      assert.equal(policyPath(path.join(folder, 'link', 'slipway.yaml')), path.join(folder, 'real', 'slipway.yaml'));
      assert.throws(() => readPolicyOnDisk(path.join(folder, 'real', 'slipway.yaml')), (error) => Problem.is(error, 'invalid-input'));
      execFileSync('mkfifo', [path.join(folder, 'slipway.yaml')]);
      assert.throws(() => readPolicyOnDisk(path.join(folder, 'slipway.yaml')), (error) => Problem.is(error, 'invalid-input'));
      for (const wrong of ['slipway.yaml', path.join(folder, 'passwd'), path.join(folder, 'a\nb', 'slipway.yaml')]) {
        assert.throws(() => policyPath(wrong), (error) => Problem.is(error, 'invalid-input'));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
