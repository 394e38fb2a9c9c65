import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { beginDue, dueAt, type Scheduled } from '../../../server/retraining/schedules.ts';
import { isSchedule, isTimeZone } from '../../../server/platform/time/schedule.ts';

const at = (text: string): number => Date.parse(text);
const daily = (since: string, timeZone = 'Europe/Berlin'): Scheduled => ({ recipe: { schedule: '30 2 * * *', timeZone }, since: at(since) });

describe('the schedule of a recipe', () => {
  const times: readonly (readonly [string, string, string])[] = [
    ['by the clock of its time zone', '2027-01-10T12:00:00Z', '2027-01-11T01:30:00Z'],
    ['strictly after the last one', '2027-01-11T01:30:00Z', '2027-01-12T01:30:00Z'],
    ['behind the hour that the clock leaves out in spring', '2027-03-27T12:00:00Z', '2027-03-28T01:00:00Z'],
    ['once in the hour that the clock has twice in autumn', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z'],
  ];
  for (const [how, since, due] of times) {
    it(`comes ${how}`, () => {
      assert.equal(new Date(dueAt(daily(since), undefined) ?? 0).toISOString(), new Date(due).toISOString());
    });
  }

  it('counts from the last retraining, or from when it was taken over, whichever is later', () => {
    const found = daily('2027-01-10T12:00:00Z');
    assert.equal(dueAt(found, at('2027-01-01T00:00:00Z')), at('2027-01-11T01:30:00Z'));
    assert.equal(dueAt(found, at('2027-02-01T00:00:00Z')), at('2027-02-01T01:30:00Z'));
    assert.equal(dueAt({ recipe: {}, since: 0 }, undefined), undefined);
  });

  it('makes up once for what was missed, and waits while the model is retrained or cools down', () => {
    const found = daily('2027-01-10T12:00:00Z');
    const begun: number[] = [];
    let refused = true;
    const look = (now: string): void =>
      beginDue(['churn', 'other'], {
        placed: (model) => (model === 'churn' ? found : undefined),
        lastAt: () => begun.at(-1),
        isRefused: () => refused,
        begin: () => void begun.push(at(now)),
      }, at(now));
    look('2027-01-11T01:29:59Z');
    look('2027-01-14T08:00:00Z');
    assert.deepEqual(begun, []);
    refused = false;
    look('2027-01-14T09:00:00Z');
    look('2027-01-14T09:00:10Z');
    look('2027-01-15T01:29:50Z');
    assert.deepEqual(begun, [at('2027-01-14T09:00:00Z')]);
    look('2027-01-15T01:30:00Z');
    assert.equal(begun.length, 2);
  });

  it('has five fields, ever comes, and is in a time zone that there is', () => {
    assert.deepEqual(['0 3 * * 1', '*/5 * * * *', '0 3 L * *', '0 0 3 * * *', '@daily', '0 0 30 2 *', '60 * * * *', '2027-01-01T00:00:00', ''].map(isSchedule), [true, true, true, false, false, false, false, false, false]);
    assert.deepEqual(['Europe/Berlin', 'UTC', 'Mars/Olympus', ''].map(isTimeZone), [true, true, false, false]);
  });
});
