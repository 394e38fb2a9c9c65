import type { CurvePoint } from '../../contract/tracking.ts';
import { compareRuns, type KernelEnvironment } from '../comparison.ts';
import { toContractRun } from '../contractRun.ts';
import type { CurveWindow, OutlinePoint } from './metricCurves.ts';
import { toWire } from '../../contract/metricValues.ts';
import type { ReadStores } from './readStores.ts';
import { readRunModel } from './runModel.ts';
import type { RunQuery } from './search/runSearch.ts';

/** Reads of the companion's own API that may take long; each answers the output of its route. */
export type TrackingRead = { readonly surface: 'tracking' } & (
  | { readonly read: 'experiments' }
  | { readonly read: 'ids'; readonly experiment: number | undefined; readonly limit: number }
  | { readonly read: 'table'; readonly runIds: readonly string[] }
  | { readonly read: 'runs'; readonly query: RunQuery }
  | { readonly read: 'comparison'; readonly runIds: readonly string[] }
  | { readonly read: 'series'; readonly runIds: readonly string[]; readonly keys: readonly string[]; readonly maxPoints: number; readonly window: CurveWindow | undefined }
);

type Answer = Iterator<string, string> | AsyncIterator<string, string>;

const runsPerPiece = 100;

function curvePoint({ step, at, value, low, high }: OutlinePoint): CurvePoint {
  return { step, timestamp: at, value: toWire(value), ...(low === undefined || high === undefined ? {} : { low: toWire(low), high: toWire(high) }) };
}

/** An answer that is short. */
export function inOnePiece(answer: object): Iterator<string, string> {
  return { next: () => ({ done: true, value: JSON.stringify(answer) }) };
}

/** Answers reads as pieces of JSON text, each made when it is asked for; the last is returned. */
export function createTrackingReads(stores: ReadStores, kernelOfCapture: (captureRunId: string) => KernelEnvironment | undefined): (read: TrackingRead) => Answer {
  const { activeRunIds, runs, models, artifacts, curves, describeRuns, experimentList, readRunTable, searchRuns } = stores;

  function* list(query: RunQuery): Generator<string, string> {
    const found = searchRuns({ ...query, limit: query.limit + 1 });
    const rows = found.slice(0, query.limit);
    let text = '{"runs":[';
    for (let start = 0; start < rows.length; start += runsPerPiece) {
      if (start > 0) {
        yield text;
        text = ',';
      }
      const piece = rows.slice(start, start + runsPerPiece);
      const modelsOf = models.ofRuns(piece.map(({ run_id: runId }) => runId));
      text += describeRuns(piece)
        .map((run) => JSON.stringify(toContractRun(run, modelsOf(run.row.run_id))))
        .join(',');
    }
    return `${text}],"truncated":${found.length > rows.length}}`;
  }

  function* table(runIds: readonly string[]): Generator<string, string> {
    const reading = readRunTable(runIds);
    for (;;) {
      const { value, done } = reading.next();
      if (done === true) {
        return JSON.stringify(value);
      }
      yield '';
    }
  }

  async function* compare(runIds: readonly string[]): AsyncGenerator<string, string> {
    const details = describeRuns([...new Set(runIds)].map((runId) => runs.find(runId)));
    const modelsOf = models.ofRuns(details.map(({ row }) => row.run_id));
    const compared = await Promise.all(
      details.map(async (run) => {
        const own = modelsOf(run.row.run_id);
        const wire = toContractRun(run, own);
        const capture = wire.source === 'capture' ? wire.runId : wire.cell?.captureRunId;
        return { run: wire, origin: { ...run, startedAt: run.row.started_at }, model: await readRunModel(own.at(-1), artifacts), kernel: capture === undefined ? undefined : kernelOfCapture(capture) };
      }),
    );
    const comparison = compareRuns(compared);
    yield `{"runs":${JSON.stringify(comparison.runs)}`;
    return `,"rows":${JSON.stringify(comparison.rows)}}`;
  }

  async function* series(runIds: readonly string[], keys: readonly string[], maxPoints: number, window: CurveWindow | undefined): AsyncGenerator<string, string> {
    let text = '{"series":[';
    let count = 0;
    for (const row of runIds.map((runId) => runs.find(runId))) {
      for (const key of keys) {
        const { points, total } = await curves.outline(row.id, key, maxPoints, window);
        if (total > 0) {
          text += `${count === 0 ? '' : ','}${JSON.stringify({ runId: row.run_id, key, total, points: points.map(curvePoint) })}`;
          count += 1;
        }
      }
      yield text;
      text = '';
    }
    return `${text}]}`;
  }

  return (read) => {
    switch (read.read) {
      case 'experiments':
        return inOnePiece({ experiments: experimentList.all() });
      case 'ids':
        return inOnePiece(activeRunIds(read.experiment, read.limit));
      case 'table':
        return table(read.runIds);
      case 'runs':
        return list(read.query);
      case 'comparison':
        return compare(read.runIds);
      case 'series':
        return series(read.runIds, read.keys, read.maxPoints, read.window);
    }
  };
}
