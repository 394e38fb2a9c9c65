import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeAllowances } from '../../../server/cli/allowingCommand.ts';
import { answeredAllowance, describeAllowance, isOffered, type AnsweredAllowance } from '../../../server/contract/allowances.ts';
import { wordsOf } from '../../../server/deployments/replicas/lastWords.ts';

const why = 'which models do not need, and which can act on the machine';
const system: AnsweredAllowance = { kind: 'import', name: 'posix.system', file: 'model.pkl', why };
const annoy: AnsweredAllowance = { kind: 'build', name: 'annoy' };

describe('what a person may allow', () => {
  it('is told with its file, its name and why', () => {
    assert.deepEqual([system, annoy].map(describeAllowance), [`model.pkl imports posix.system, ${why}`, 'annoy is built from its source']);
  });

  it('is given as the command that was refused with the options that allow it, words quoted', { skip: process.platform === 'win32' }, () => {
    const lines = describeAllowances(['deploy', 'churn:2', '--env', "NOTE=it's $(id)"], [system, { ...system, file: 'other.pkl' }, annoy]);
    assert.equal(lines.at(-1), `  slipway deploy churn:2 --env 'NOTE=it'\\''s $(id)' --allow-pickle posix.system --allow-build annoy`);
    assert.match(lines.join('\n'), /runs whenever the model is loaded.*build runs code of the package on this machine/);
  });

  it('is not offered by a build that cannot say what it is', () => {
    const unknown = answeredAllowance.parse({ kind: 'network', host: 'example.org' });
    assert.deepEqual([isOffered([]), isOffered([system]), isOffered([system, unknown])], [false, true, false]);
    assert.deepEqual(describeAllowances(['deploy'], [unknown]), []);
  });
});

describe('the last words of a replica', () => {
  const refused = ' 2026-01-01T00:00:00.000Z error import-refused message="The pickle model.pkl imports it."';
  const allowable = (imports: unknown): string => `2026-01-01T00:00:00.000Z info allowable imports="${JSON.stringify(imports, null, 1).replaceAll('\n', '').replaceAll('\\', '\\\\')}"`;

  it('have what a person may allow', () => {
    const item = { file: 'a "model".pkl', name: 'posix.system', why };
    assert.deepEqual(wordsOf([allowable([item]), refused]), { text: ' The pickle model.pkl imports it.', allowable: [{ kind: 'import', ...item }] });
  });

  it('of a model that writes into the log itself have nothing to allow', () => {
    for (const line of [
      allowable([{ file: 'm', name: 'os.system; rm -rf ~', why }]),
      allowable(Array.from({ length: 500 }, (_, index) => ({ file: 'm', name: `a.b${index}`, why }))),
      allowable('all'),
      '2026-01-01T00:00:00.000Z info allowable imports="{"',
    ]) {
      assert.deepEqual(wordsOf([line, refused]).allowable, [], line);
    }
    assert.deepEqual(wordsOf(['Killed']), { text: ' Its last lines:\nKilled', allowable: [] });
  });
});
