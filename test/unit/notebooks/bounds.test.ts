import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellExecution, CellOutput } from '../../../server/contract/notebooks.ts';
import { boundExecution, captureLimits } from '../../../server/notebooks/bounds.ts';

const output = (mime: string, length: number): CellOutput => ({ mime, content: 'x'.repeat(length), encoding: 'text', truncated: false });
const execution = (source: string, outputs: CellOutput[]): CellExecution => ({
  cellId: 'a',
  cellIndex: 0,
  language: 'python',
  tags: [],
  source,
  startedAt: 1,
  endedAt: 2,
  success: true,
  outputs,
});
const sizes = ({ outputs }: CellExecution): [number, boolean][] => outputs.map(({ content, truncated }) => [content.length, truncated]);

describe('boundExecution', () => {
  it('leaves what fits as it is', () => {
    const small = execution('x = 1', [output('text/plain', 100), output('text/html', 100)]);
    assert.deepEqual(boundExecution(small, 0), small);
  });

  it('cuts a long text, and leaves a long table out as a whole', () => {
    const long = captureLimits.output + 1;
    assert.deepEqual(sizes(boundExecution(execution('', [output('text/plain', long), output('text/html', long)]), 0)), [
      [captureLimits.output, true],
      [0, true],
    ]);
  });

  it('keeps all outputs of an execution together within their bound', () => {
    const many = Array.from({ length: 40 }, () => output('text/plain', captureLimits.output));
    const kept = sizes(boundExecution(execution('', many), 0));
    assert.equal(kept.reduce((sum, [size]) => sum + size, 0), captureLimits.execution);
    assert.deepEqual(kept.at(-1), [0, true]);
  });

  it('keeps the beginning of the source and no output when the run is full', () => {
    const bounded = boundExecution(execution('s'.repeat(5000), [output('text/plain', 10)]), captureLimits.run);
    assert.equal(bounded.source.length, captureLimits.sourceOfFullRun);
    assert.deepEqual(sizes(bounded), [[0, true]]);
  });
});
