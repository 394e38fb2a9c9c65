import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCellTracker, type CellEvent, type CellTracker } from '../../../extension/notebooks/cellTracker.ts';

const cell = { name: 'a cell' };

function kinds(events: readonly CellEvent[]): string[] {
  return events.map(({ kind }) => kind);
}

function tracker(): CellTracker<typeof cell> {
  let clock = 1000;
  return createCellTracker(() => (clock += 10));
}

describe('a cell tracker', () => {
  test('takes an emptied summary as queued and the next touch as the begin', () => {
    const cells = tracker();
    assert.deepEqual(kinds(cells.observe(cell, {})), []);
    assert.deepEqual(kinds(cells.observe(cell, {})), ['begun']);
    assert.deepEqual(kinds(cells.observe(cell, {})), []);
  });

  test('reports the kernel’s number once', () => {
    const cells = tracker();
    cells.observe(cell, {});
    cells.observe(cell, {});
    assert.deepEqual(kinds(cells.observe(cell, { executionOrder: 4 })), ['counted']);
    assert.deepEqual(kinds(cells.observe(cell, { executionOrder: 4 })), []);
  });

  test('ends with the kernel’s times', () => {
    const cells = tracker();
    cells.observe(cell, {});
    cells.observe(cell, {});
    const ended = cells.observe(cell, { executionOrder: 1, success: true, timing: { startTime: 5, endTime: 9 } });
    assert.deepEqual(ended, [{ kind: 'ended', startedAt: 5, endedAt: 9, success: true, executionOrder: 1 }]);
  });

  test('sees an execution whose steps came together', () => {
    const cells = tracker();
    const events = cells.observe(cell, { executionOrder: 1, success: false, timing: { startTime: 5, endTime: 9 } });
    assert.deepEqual(kinds(events), ['begun', 'ended']);
  });

  test('does not report the same end twice', () => {
    const cells = tracker();
    const summary = { executionOrder: 1, success: true, timing: { startTime: 5, endTime: 9 } };
    cells.observe(cell, summary);
    assert.deepEqual(cells.observe(cell, summary), []);
  });

  test('ends an execution without times by its own clock', () => {
    const cells = tracker();
    cells.observe(cell, {});
    cells.observe(cell, {});
    const [ended] = cells.observe(cell, { success: true });
    assert.deepEqual(ended, { kind: 'ended', startedAt: 1010, endedAt: 1020, success: true, executionOrder: undefined });
  });

  test('forgets a cell whose outputs were cleared', () => {
    const cells = tracker();
    cells.observe(cell, {});
    cells.forget(cell);
    assert.deepEqual(kinds(cells.observe(cell, {})), []);
  });
});
