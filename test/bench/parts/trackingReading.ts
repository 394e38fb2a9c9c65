import { z } from 'zod';
import { percentile } from '../../demo/load.ts';
import type { RowDeclaration, Sample } from '../benchmark.ts';
import { makeRead, readWithoutPause, type LongRead } from './longReads.ts';
import { pause } from './processes.ts';
import { metricOf, repeat } from './trackingClient.ts';
import { curveKey, orderKey, type Size } from './trackingData.ts';
import { withServer, type Connect, type Side } from './trackingServers.ts';

const seconds = 3;
const readings = 5;
const runsPerPage = 100;
const curvePoints = 2500;
const announcedRuns = 50;
const announcedEveryMilliseconds = 300;

const runEvent = z.object({ topic: z.literal('run') });

/** Searches and curves on a seeded server, and a client that logs while another asks for them without pause. */
export function reading(side: Side, long: () => string): Promise<Sample> {
  return withServer(side, async (open) => {
    const reader = open();
    const search: LongRead = ['/runs/search', { experiment_ids: ['0'], max_results: runsPerPage, order_by: [`metrics.${orderKey} DESC`] }];
    const interval: LongRead = [`/metrics/get-history-bulk-interval?run_ids=${long()}&metric_key=${curveKey}&max_results=${curvePoints}`];
    const timesOf = async (read: LongRead): Promise<number[]> => {
      await makeRead(reader, read);
      const { times } = await repeat(1, 0, () => makeRead(reader, read));
      while (times.length < readings) {
        times.push(...(await repeat(1, 0, () => makeRead(reader, read))).times);
      }
      return times;
    };
    const searches = await timesOf(search);
    const intervals = await timesOf(interval);

    const stopReading = await readWithoutPause(reader, [interval, search]);
    const writer = open();
    const runId = await writer.createRun();
    const writes = await repeat(1, seconds, (_, count) => writer.post('/runs/log-metric', metricOf(runId, count)));
    const panels = side.panels ? await panelsOf(open) : {};
    await stopReading();
    return { search: percentile(searches, 0.5), interval: percentile(intervals, 0.5), writes: percentile(writes.times, 0.99), ...panels };
  });
}

/** What a panel waits for: a page of runs, and the event that tells it of a change. */
async function panelsOf(open: Connect): Promise<Sample> {
  const panel = open();
  const list = (): Promise<unknown> => panel.panel(`/runs?limit=${runsPerPage}`);
  await list();
  const lists = await repeat(1, seconds, list);
  const runIds: string[] = [];
  while (runIds.length < announcedRuns) {
    runIds.push(await panel.createRun());
  }
  let arrived = (): void => undefined;
  await open().listen((event) => {
    if (runEvent.safeParse(event).success) {
      arrived();
    }
  });
  // A run is announced a few times a second at most.
  await pause(announcedEveryMilliseconds);
  const events: number[] = [];
  const deadline = performance.now() + seconds * 1000;
  for (let count = 0; performance.now() < deadline; count += 1) {
    const asked = performance.now();
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await panel.post('/runs/set-tag', { run_id: runIds[count % announcedRuns], key: 'count', value: String(count) });
    await arrival;
    events.push(performance.now() - asked);
    await pause(announcedEveryMilliseconds / announcedRuns);
  }
  return { lists: percentile(lists.times, 0.99), events: percentile(events, 0.99) };
}

export function readingRows(size: Size, searchGoal: number): readonly RowDeclaration[] {
  const runs = size.runs.toLocaleString('en');
  return [
    { key: 'search', work: `${runsPerPage} of ${runs} runs ordered by a metric, p50`, unit: 'ms', goal: { kind: 'at-most', value: searchGoal } },
    {
      key: 'interval',
      work: `bulk-interval, ${curvePoints.toLocaleString('en')} of ${size.curve.toLocaleString('en')} steps, beside ${runs} runs, p50`,
      unit: 'ms',
      goal: { kind: 'at-most', value: 30 },
    },
    { key: 'writes', work: `log-metric while another client reads without pause, ${runs} runs, p99`, unit: 'ms', goal: { kind: 'at-most', value: 20 } },
    { key: 'lists', work: `a panel's list of ${runsPerPage} runs meanwhile, p99`, unit: 'ms', goal: { kind: 'at-most', value: 20 } },
    { key: 'events', work: 'a change until its event reaches a window meanwhile, p99', unit: 'ms', goal: { kind: 'at-most', value: 20 } },
  ];
}
