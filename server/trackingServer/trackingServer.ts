import type { Caller } from '../contract/caller.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { ModelVersion } from '../contract/registry.ts';
import type { Feature } from '../platform/feature.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { ModelFile } from '../registry/modelDescription.ts';
import type { Progress } from '../platform/command.ts';
import type { BlobStore } from '../artifacts/disk/blobStore.ts';
import type { KernelEnvironment } from '../tracking/comparison.ts';
import type { Tracking } from '../tracking/tracking.ts';
import { createOwnReader, openOwnStores } from '../transfer/ownStore.ts';
import type { StoreReader } from '../transfer/store.ts';
import { createCapturePublisher } from './capturePublisher.ts';
import { createChanges } from './changes.ts';
import { createLinkedRuns, type LoggedRun } from '../tracking/shared/linkedRuns.ts';
import { createSecretFile } from '../platform/secrets/secretFile.ts';
import { createLogins } from './logins.ts';
import { createOutbox } from './outbox.ts';
import { findModelPlace } from '../tracking/shared/modelPlace.ts';
import { remoteRouter } from './routes.ts';
import { createRemoteServers, type RemoteServer } from './servers.ts';
import { createVersionFiles } from '../registry/shared/fetchedFiles.ts';

/** A run or model that passed through the companion on its way to a shared server. */
export interface PassedRun {
  readonly runId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly startedAt: number;
  /** The user name of the client's Basic login, if it sent one. */
  readonly userName: string | undefined;
}

/** Shared MLflow servers: what the other features need of the one that the settings name, and of those that releases came from. */
export interface Remote extends Feature {
  /** The server that the settings name; undefined where the companion keeps runs and models itself. */
  current(): RemoteServer | undefined;
  /** @throws Problem that names what exists, or says why the server cannot be used */
  resolve(server: RemoteServer, name: string, selector: number | string): Promise<ModelVersion>;
  version(server: string, name: string, version: number): Promise<ModelVersion>;
  /** Fetches the files of a version. */
  files(server: string, name: string, version: number, progress: Progress, signal: AbortSignal): Promise<ModelFile[]>;
  /** Moves an alias now, or as soon as the server answers; may be called inside a transaction. @returns that, for people */
  setAlias(server: string, name: string, alias: string, version: number, actor: Caller): string;
  /** Undefined for a run that no kernel of this machine made on a shared server. */
  loggedRun(runId: string): LoggedRun | undefined;
  /** Sets tags of such a run, now or as soon as the server answers; false for another run. */
  setTags(runId: string, tags: Readonly<Record<string, string>>): boolean;
  /** The captured run of this machine that a run of a server is the copy of. */
  captureOf(runId: string): string | undefined;
  runPassed(server: RemoteServer, run: PassedRun): void;
  modelPassed(model: { readonly modelId: string; readonly name: string; readonly runId: string }): void;
  /** Something was written to the shared server from here. */
  passed(): void;
  /** Asked before a version is deleted there. */
  onBeforeDelete(guard: (name: string, version: number, server: string) => void): void;
}

export interface RemoteOptions {
  readonly tracking: Tracking;
  readonly blobs: BlobStore;
  readonly audit: AuditLog;
  /** What the kernel of a captured run of this machine had installed. */
  readonly kernelOfCapture: (captureRunId: string) => KernelEnvironment | undefined;
}

export function createRemote(context: CompanionContext, { tracking, blobs, audit, kernelOfCapture }: RemoteOptions): Remote {
  const { database, events, home, log } = context;
  const files = createVersionFiles(database, blobs);
  const servers = createRemoteServers({
    trackingUri: () => context.settings().trackingUri,
    logins: createLogins({ secrets: createSecretFile(home.secrets), tokenFile: home.tokenFile, log }),
    lockFile: home.lockFile,
    fetched: (server, name, version) => files.known({ server, name, version }),
    kernelOf({ runId, source, cell }) {
      const capture = source === 'capture' ? captures.localId(runId) : cell?.captureRunId;
      return capture === undefined ? undefined : kernelOfCapture(capture);
    },
  });
  const linked = createLinkedRuns(database);
  const changes = createChanges(servers, events);
  const companionChanged = (): void => events.publish({ topic: 'companion' });
  const outbox = createOutbox({ database, servers, audit, log, changed: companionChanged });
  let source: StoreReader | undefined;
  const captures = createCapturePublisher({
    database,
    servers,
    source: () => (source ??= createOwnReader(openOwnStores(database, blobs))),
    experimentName: (experimentId) => tracking.stores.experiments.get(experimentId).name,
    log,
    published() {
      companionChanged();
      events.publish({ topic: 'experiments' });
    },
  });
  const guards: ((name: string, version: number, server: string) => void)[] = [];
  let unsubscribe: (() => void) | undefined;
  let soon: NodeJS.Timeout | undefined;

  return {
    router: remoteRouter({
      servers,
      changes,
      captures,
      audit,
      events,
      waiting: () => [...outbox.waiting(), ...captures.waiting()],
      loggedIn() {
        outbox.start();
        void captures.publish().catch((error: unknown) => log.error('publishing captured runs', error));
      },
      refuseIfServed: (name, version, server) => guards.forEach((guard) => guard(name, version, server)),
    }),
    start() {
      outbox.start();
      captures.start();
      unsubscribe = events.subscribe((event) => {
        if (event.topic === 'capture') {
          captures.changed(event.runId);
        }
      });
    },
    stop() {
      unsubscribe?.();
      clearTimeout(soon);
      outbox.stop();
      captures.stop();
    },
    current: () => servers.current(),
    resolve: (server, name, selector) => server.ask(({ registry }) => registry.resolve(name, selector)),
    version: (server, name, version) => servers.at(server).ask(({ registry }) => registry.version(name, version)),
    files: (server, name, version, progress, signal) =>
      servers.at(server).ask(async ({ registry, reader }) =>
        files.fetch({ server, name, version }, findModelPlace(await registry.locate(name, version), reader), progress, signal),
      ),
    setAlias(server, name, alias, version, actor) {
      const summary = `The alias ${alias} of ${name} moves to version ${version} on ${server}`;
      outbox.put({
        server,
        subject: `alias ${name} ${alias}`,
        path: '/registered-models/alias',
        body: { name, alias, version: String(version) },
        summary,
        audit: { actor, action: 'alias.set', subject: name, detail: { alias, version, server } },
      });
      return `${summary}, as soon as that answers`;
    },
    loggedRun: (runId) => linked.find(runId),
    setTags(runId, tags) {
      const run = linked.find(runId);
      if (run === undefined) {
        return false;
      }
      const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
      outbox.put({ server: run.server, subject: `tags ${runId}`, path: '/runs/log-batch', body: { run_id: runId, tags: list }, summary: `The run ${run.name} is linked to its cell on ${run.server}` });
      return true;
    },
    captureOf: (runId) => captures.localId(runId),
    runPassed(server, { runId, experimentId, name, startedAt, userName }) {
      linked.add({ runId, server: server.url, experimentId, name, startedAt });
      tracking.runCreated({ runId, experimentId, startedAt, userName });
      events.publish({ topic: 'experiments', experimentId });
      events.publish({ topic: 'run', runId, experimentId });
    },
    modelPassed: ({ runId, ...model }) => linked.addModel(runId, model),
    passed() {
      soon ??= setTimeout(() => {
        soon = undefined;
        changes.look().catch(() => undefined);
      }, 2000).unref();
    },
    onBeforeDelete: (guard) => void guards.push(guard),
  };
}
