import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Clients that ask an endpoint without a pause, and ask again where the gateway was gone, as clients do. */
export interface PredictionLoad {
  /** Ids of requests that were answered with a prediction. */
  readonly answered: ReadonlySet<string>;
  /** Requests that went wrong while the gateway was there: those are lost. */
  readonly failures: readonly string[];
  /** How often a connection failed while the gateway was gone. */
  refused(): number;
  /** From now on, until it is told otherwise, connections may fail. */
  gatewayIsGone(): void;
  gatewayIsBack(): void;
  stop(): Promise<void>;
}

const retryMilliseconds = 20;
const patienceMilliseconds = 120_000;

/** @param url of the endpoint */
export function startPredictionLoad(url: string, clients: number, body: string): PredictionLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answered = new Set<string>();
  const failures: string[] = [];
  let [gone, absences, refused, running] = [false, 0, 0, true];

  const ask = (id: string): Promise<{ readonly status: number; readonly text: string }> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-request-id': id };
      const call = request(`${url}/invocations`, { agent, method: 'POST', headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => (response.complete ? resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }) : reject(new Error('half an answer'))));
      });
      call.setTimeout(patienceMilliseconds, () => call.destroy(new Error('no answer')));
      call.on('error', reject);
      call.end(body);
    });
  const client = async (name: number): Promise<void> => {
    for (let number = 0; running; number += 1) {
      for (let tries = 0; ; tries += 1) {
        const id = `${name}-${number}-${tries}`;
        const absencesBefore = absences;
        const goneBefore = gone;
        try {
          const { status, text } = await ask(id);
          if (status === 200) {
            answered.add(id);
          } else {
            failures.push(`${id} was answered ${status}: ${text.slice(0, 300)}`);
          }
          break;
        } catch (error) {
          if (!goneBefore && !gone && absences === absencesBefore) {
            failures.push(`${id}: ${String(error)}`);
            break;
          }
          refused += 1;
          await pause(retryMilliseconds);
        }
      }
    }
  };
  const all = Array.from({ length: clients }, (_, name) => client(name));
  return {
    answered,
    failures,
    refused: () => refused,
    gatewayIsGone() {
      gone = true;
      absences += 1;
    },
    gatewayIsBack() {
      gone = false;
    },
    async stop() {
      running = false;
      await Promise.all(all);
      agent.destroy();
    },
  };
}
