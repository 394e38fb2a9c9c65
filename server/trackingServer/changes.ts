import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CompanionEvent } from '../contract/events.ts';
import type { EventHub } from '../platform/http/events.ts';
import type { MlflowClient } from '../mlflow/client/mlflowClient.ts';
import type { SharedServer, SharedServers } from './servers.ts';

/** Finds what changed on the shared server and publishes it: such a server has no event stream. */
export interface Changes {
  /** Looks now, unless it was looked at within the last seconds. The first look has everything read again. */
  look(): Promise<void>;
  /** Told before each look: what was kept of earlier answers of the server is old. */
  onLook(listener: (server: SharedServer) => void): void;
}

const pauseMilliseconds = 2000;
/** Runs that are looked at: the newest, and those that are running. */
const looked = 100;

interface Seen {
  readonly experiments: string;
  readonly runs: ReadonlyMap<string, { readonly experimentId: string; readonly content: string }>;
  readonly models: ReadonlyMap<string, string>;
}

const run = z.object({ info: z.object({ run_id: z.string(), experiment_id: z.string() }).loose() }).loose();
const runs = z.object({ runs: z.array(run).default([]) });
const experiments = z.object({ experiments: z.array(z.object({ experiment_id: z.string() }).loose()).default([]) });
const named = z.object({ name: z.string() }).loose();
const registered = z.object({ registered_models: z.array(named).default([]) });
const versions = z.object({ model_versions: z.array(named).default([]) });

function contentOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

async function readSeen(client: MlflowClient): Promise<Seen> {
  const { experiments: found } = await client.send('POST', '/experiments/search', { max_results: 1000, view_type: 'ACTIVE_ONLY' }, experiments);
  const ids = found.map(({ experiment_id: id }) => id);
  const search = (filter: string): Promise<z.output<typeof runs>> =>
    ids.length === 0
      ? Promise.resolve({ runs: [] })
      : client.send('POST', '/runs/search', { experiment_ids: ids, filter, max_results: looked, order_by: ['attributes.start_time DESC'] }, runs);
  const [newest, running, models, newestVersions] = await Promise.all([
    search(''),
    search("attributes.status = 'RUNNING'"),
    client.get('/registered-models/search', { max_results: '200', order_by: ['last_updated_timestamp DESC'] }, registered),
    client.get('/model-versions/search', { max_results: '200', order_by: ['last_updated_timestamp DESC'] }, versions),
  ]);
  const byModel = new Map<string, unknown[]>();
  for (const item of [...models.registered_models, ...newestVersions.model_versions]) {
    byModel.set(item.name, [...(byModel.get(item.name) ?? []), item]);
  }
  return {
    experiments: contentOf(found),
    runs: new Map([...newest.runs, ...running.runs].map((one) => [one.info.run_id, { experimentId: one.info.experiment_id, content: contentOf(one) }])),
    models: new Map([...byModel].map(([name, items]) => [name, contentOf(items)])),
  };
}

/** What a client has to ask again for. */
function difference(before: Seen, now: Seen): CompanionEvent[] {
  const events: CompanionEvent[] = [];
  for (const [runId, { experimentId, content }] of now.runs) {
    if (before.runs.get(runId)?.content !== content) {
      events.push({ topic: 'run', runId, experimentId });
    }
  }
  const gone = [...before.runs.keys()].some((runId) => !now.runs.has(runId));
  if (gone || before.experiments !== now.experiments) {
    events.push({ topic: 'experiments' });
  }
  for (const name of new Set([...before.models.keys(), ...now.models.keys()])) {
    if (before.models.get(name) !== now.models.get(name)) {
      events.push({ topic: 'model', name });
    }
  }
  return events;
}

export function createChanges(servers: SharedServers, hub: EventHub): Changes {
  let seen: { readonly server: SharedServer; readonly what: Seen } | undefined;
  const listeners: ((server: SharedServer) => void)[] = [];
  let lookedAt = 0;
  let looking: Promise<void> | undefined;
  let failing = false;

  /** What is shown is asked for again when the server goes away, and when it is back. */
  const noteFailing = (fails: boolean): void => {
    if (fails !== failing) {
      failing = fails;
      hub.publish({ topic: 'companion' });
    }
  };
  const lookNow = async (server: SharedServer): Promise<void> => {
    const readNow = (client: MlflowClient): Promise<Seen> => {
      listeners.forEach((listener) => listener(server));
      return readSeen(client);
    };
    const what = await server.ask(readNow).catch((error: unknown) => {
      noteFailing(true);
      throw error;
    });
    noteFailing(false);
    const before = seen?.server === server ? seen.what : undefined;
    seen = { server, what };
    // What came between the reading of a view and the first look is not in any difference.
    const events: readonly CompanionEvent[] = before === undefined ? [{ topic: 'companion' }] : difference(before, what);
    events.forEach((event) => hub.publish(event));
  };

  return {
    async look() {
      const server = servers.current();
      if (server === undefined || Date.now() - lookedAt < pauseMilliseconds) {
        return looking;
      }
      lookedAt = Date.now();
      looking ??= lookNow(server).finally(() => {
        looking = undefined;
      });
      return looking;
    },
    onLook: (listener) => void listeners.push(listener),
  };
}
