import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { executionText, historyText } from '../../../extension/notebooks/executionText.ts';
import type { CellExecution, CellOutput } from '../../../server/contract/captures.ts';

const output = (mime: string, content: string, more: Partial<CellOutput> = {}): CellOutput => ({ mime, content, encoding: 'text', truncated: false, ...more });
const execution = (outputs: CellOutput[]): CellExecution => ({
  cellId: 'a',
  cellIndex: 2,
  executionCount: 7,
  language: 'python',
  tags: [],
  source: 'print("```")',
  startedAt: 0,
  endedAt: 1500,
  success: false,
  outputs,
});

describe('executionText', () => {
  it('tells when, how long, with which source and to what end', () => {
    const text = executionText(execution([]), 'train 1');
    assert.match(text, /^# Cell 3\n\nRun train 1 · .* · 1\.5 s · failed · execution 7 of its kernel\n/);
    assert.match(text, /````python\nprint\("```"\)\n````/);
    assert.match(text, /## Outputs\n\nNone\.\n/);
  });

  it('shows texts plain, errors by their stack, figures by their path, and says what was cut', () => {
    const text = executionText(
      execution([
        output('application/vnd.code.notebook.stdout', '\u001b[31mred\u001b[0m\n', { truncated: true }),
        output('application/vnd.code.notebook.error', JSON.stringify({ name: 'E', message: 'm', stack: 'line 1\nE: m' })),
        output('image/png', '', { artifact: 'figures/cell-2-1.png' }),
        output('text/html', '<table>'),
        output('text/plain', 'a b'),
      ]),
      'r',
    );
    assert.ok(text.includes('stdout\n\n```\nred\n```\n\n*Cut at the size limit.*'));
    assert.ok(text.includes('error\n\n```\nline 1\nE: m\n```'));
    assert.ok(text.includes('`figures/cell-2-1.png`'));
    assert.ok(!text.includes('<table>') && text.includes('a b'));
  });
});

describe('historyText', () => {
  it('shows the outputs of each execution, and a source once until it changes', () => {
    const runs = ['0.9', '0.8', '0.7'].map((value, index) => ({ runName: `run ${index}`, execution: { ...execution([output('text/plain', value)]), source: index === 2 ? 'old()' : 'new()' } }));
    const text = historyText('History', runs);
    assert.deepEqual([...text.matchAll(/(?:new|old)\(\)|0\.\d\n/g)].map(([found]) => found.trim()), ['new()', '0.9', '0.8', 'old()', '0.7']);
  });
});
