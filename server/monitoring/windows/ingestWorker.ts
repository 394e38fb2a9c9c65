import { MessageChannel, Worker } from 'node:worker_threads';
import type { DataHome } from '../../platform/home.ts';
import type { LoggedRequest, ScoredTraffic } from '../../contract/monitoring.ts';
import type { DescribedBaseline } from '../../contract/baselines.ts';
import { Problem } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import { entry } from '../../platform/resources.ts';
import type { ComparedBaselines } from '../baselines/baselines.ts';
import type { TrainingDrift } from '../baselines/trainingDrift.ts';
import type { FoundRequest } from '../findRequest.ts';
import type { Agreement } from '../rehearsal/compareAnswers.ts';
import type { RecordedRequest } from '../rehearsal/recordedRequests.ts';
import type { FleetTraffic, FleetTrafficInput } from './fleetTraffic.ts';
import type { AnswersInput, BaselineOwner, CallAnswer, ChooseBaselineInput, CompareBaselinesInput, CompareInput, CopiesInput, CountInput, FindInput, FromWorker, IngestCall, IngestWorkerData, QueryAnswer, RecordedInput, RequestsInput, ScoresInput, TakeBaselineInput, ToWorker, TrainingDriftInput } from './ingestMessages.ts';
import type { LiveTrafficAnswer, LiveTrafficQuery } from './liveTraffic.ts';
import type { GivenRows, ReleaseFacts, TakenRows } from './profiles.ts';
import type { DriftAnswer, DriftQuery, MonitoringQuery } from './query.ts';

export interface IngestWorkerOptions {
  readonly home: DataHome;
  readonly log: Log;
  /** How often the log is read when nobody asks. */
  readonly pollMilliseconds: number;
  readonly facts: (release: string) => Promise<ReleaseFacts | undefined>;
  readonly changed: (endpoint: string) => void;
}

/** The thread that reads the inference log and its statistics. Each call starts it if it does not run. */
export interface IngestWorker {
  start(): void;
  query(query: MonitoringQuery): Promise<QueryAnswer>;
  /** Undefined for a feature that is not known. */
  drift(query: DriftQuery): Promise<DriftAnswer | undefined>;
  fleet(input: FleetTrafficInput): Promise<FleetTraffic[]>;
  liveTraffic(query: LiveTrafficQuery): Promise<LiveTrafficAnswer>;
  requests(input: RequestsInput): Promise<LoggedRequest[]>;
  /** Undefined for a request that is not in the log. */
  find(input: FindInput): Promise<FoundRequest | undefined>;
  scores(input: ScoresInput): Promise<ScoredTraffic>;
  answers(input: AnswersInput): Promise<(string | number | boolean)[][]>;
  count(input: CountInput): Promise<number>;
  recorded(input: RecordedInput): Promise<RecordedRequest[]>;
  compare(input: CompareInput): Promise<Agreement>;
  compareCopies(input: CopiesInput & Pick<CompareInput, 'labels'>): Promise<Agreement>;
  prepare(input: { readonly release: string }): Promise<void>;
  takeRows(input: GivenRows): Promise<TakenRows>;
  baselines(input: BaselineOwner): Promise<DescribedBaseline[]>;
  /** @throws Problem `invalid-input` for what cannot be taken */
  takeBaseline(input: TakeBaselineInput): Promise<DescribedBaseline>;
  /** @throws Problem `not-found` */
  chooseBaseline(input: ChooseBaselineInput): Promise<DescribedBaseline>;
  /** @throws Problem `not-found` */
  compareBaselines(input: CompareBaselinesInput): Promise<ComparedBaselines>;
  /** Takes the baselines of both where they were not taken yet. */
  trainingDrift(input: TrainingDriftInput): Promise<TrainingDrift | { readonly reason: string }>;
  tidy(input: { readonly keptDays: number }): Promise<void>;
  stop(): Promise<void>;
}

export function createIngestWorker({ home, log, pollMilliseconds, facts, changed }: IngestWorkerOptions): IngestWorker {
  let worker: Worker | undefined;
  let lastTrouble = '';

  const tell = (to: Worker, message: ToWorker): void => to.postMessage(message);

  const describe = async (to: Worker, release: string): Promise<void> => {
    let found: ReleaseFacts | undefined;
    try {
      found = await facts(release);
    } catch (error) {
      log.error(`release ${release} cannot be described`, error);
    }
    tell(to, { type: 'facts', release, facts: found });
  };

  const receive = (from: Worker, message: FromWorker): void => {
    switch (message.type) {
      case 'changed':
        changed(message.endpoint);
        return;
      case 'wanted':
        void describe(from, message.release);
        return;
      case 'trouble':
        if (message.message !== lastTrouble) {
          lastTrouble = message.message;
          log.warn(message.message);
        }
    }
  };

  const running = (): Worker => {
    if (worker !== undefined) {
      return worker;
    }
    const data: IngestWorkerData = { database: home.database, inference: home.inference, pollMilliseconds };
    const started = new Worker(entry('monitoring/windows/ingest.worker.ts', 'workers/ingest.mjs'), { workerData: data });
    worker = started;
    started.on('message', (message: FromWorker) => receive(started, message));
    started.on('error', (error) => log.error('the ingest thread failed', error));
    started.once('exit', () => {
      if (worker === started) {
        worker = undefined;
      }
    });
    return started;
  };

  const ask = <Output>(input: IngestCall): Promise<Output> =>
    new Promise((resolve, reject) => {
      const { port1: mine, port2: reply } = new MessageChannel();
      mine.once('message', (answer: CallAnswer<Output>) => {
        if ('failure' in answer) {
          const { reason, message, field, remedy } = answer.failure;
          reject(new Problem(reason, message, { ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) }));
        } else {
          resolve(answer.output);
        }
      });
      // Also closed by the end of the thread; after an answer the rejection has no effect.
      mine.once('close', () => reject(new Problem('internal', 'The ingest thread ended.')));
      const message: ToWorker = { type: 'call', input, reply };
      running().postMessage(message, [reply]);
    });

  return {
    start() {
      running();
    },
    query: (query) => ask({ call: 'query', ...query }),
    drift: (query) => ask({ call: 'drift', ...query }),
    fleet: (input) => ask({ call: 'fleet', ...input }),
    liveTraffic: (query) => ask({ call: 'live-traffic', ...query }),
    requests: (input) => ask({ call: 'requests', ...input }),
    find: (input) => ask({ call: 'find', ...input }),
    scores: (input) => ask({ call: 'scores', ...input }),
    answers: (input) => ask({ call: 'answers', ...input }),
    count: (input) => ask({ call: 'count', ...input }),
    recorded: (input) => ask({ call: 'recorded', ...input }),
    compare: (input) => ask({ call: 'compare', ...input }),
    compareCopies: (input) => ask({ call: 'compare-copies', ...input }),
    prepare: (input) => ask({ call: 'prepare', ...input }),
    takeRows: (input) => ask({ call: 'take-rows', ...input }),
    baselines: (input) => ask({ call: 'baselines', ...input }),
    takeBaseline: (input) => ask({ call: 'take-baseline', ...input }),
    chooseBaseline: (input) => ask({ call: 'choose-baseline', ...input }),
    compareBaselines: (input) => ask({ call: 'compare-baselines', ...input }),
    trainingDrift: (input) => ask({ call: 'training-drift', ...input }),
    tidy: (input) => ask({ call: 'tidy', ...input }),
    async stop() {
      const ending = worker;
      worker = undefined;
      await ending?.terminate();
    },
  };
}
