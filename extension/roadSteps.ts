import type { Disposable, LogOutputChannel } from 'vscode';
import type { CompanionEvent } from '../server/contract/events.ts';
import type { PanelSubject } from '../server/contract/panels.ts';
import type { Connection } from './companion/connection.ts';
import { coalesce } from './vscode/coalesce.ts';
import type { ContextKey } from './vscode/context.ts';
import { createDisposables } from './vscode/disposables.ts';
import { describeFailure } from './vscode/failures.ts';
import { tickStep } from './vscode/walkthrough.ts';

const lookMilliseconds = 500;

/** A step of the walkthrough that is seen in what the companion holds. */
interface Step {
  readonly key: ContextKey;
  readonly topics: readonly CompanionEvent['topic'][];
  isDone(connection: Connection): Promise<boolean>;
}

const steps: readonly Step[] = [
  {
    key: 'slipway.hasRuns',
    topics: ['experiments', 'run', 'capture'],
    isDone: async (connection) => (await connection.call('listExperiments', {})).experiments.some(({ runs }) => runs !== 0),
  },
  {
    key: 'slipway.serves',
    topics: ['endpoint', 'rollout'],
    isDone: async (connection) => (await connection.call('listEndpoints', {})).endpoints.some(({ liveVersion }) => liveVersion !== undefined),
  },
];

/** Ticks the steps of the walkthrough once they are done, whichever way: by a command, a panel or the command line. */
export function tellRoadSteps(connection: Connection, log: LogOutputChannel): Disposable {
  const disposables = createDisposables();
  const open = new Set(steps);
  const looking = disposables.add(
    coalesce<Step>(lookMilliseconds, (step) => {
      void (async () => {
        try {
          if (open.has(step) && connection.state === 'running' && (await step.isDone(connection))) {
            open.delete(step);
            tickStep(step.key);
          }
        } catch (error) {
          log.warn(`the walkthrough: ${describeFailure(error)}`);
        }
      })();
    }),
  );
  disposables.add(connection.onDidReceive(({ topic }) => [...open].filter(({ topics }) => topics.includes(topic)).forEach((step) => looking.soon(step))));
  disposables.add(connection.onDidChangeState(() => open.forEach((step) => looking.soon(step))));
  return disposables;
}

/** The step that a panel is, once it shows something. */
export function tellShown(subject: PanelSubject): void {
  if (subject.panel === 'compare' && (subject.runIds.length > 1 || subject.experimentId !== undefined)) {
    tickStep('slipway.compared');
  }
  if (subject.panel === 'monitoring' && subject.endpoint !== undefined) {
    tickStep('slipway.watched');
  }
}
