import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Router } from 'express';
import { shortDigest } from '../contract/format/digests.ts';
import type { CompanionContext } from '../platform/context.ts';
import { releaseRoutes, type Release, type ReleaseDifference, type ServingConfig } from '../contract/releases.ts';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implement } from '../platform/http/implement.ts';
import { pythonFolder } from '../platform/resources.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { Progress } from '../platform/command.ts';
import { compareReleases } from './compare.ts';
import { connectEngine } from './images/engine.ts';
import { createEnvironmentLocks, type LockInput } from './environments/environmentLock.ts';
import { createImages, type Images } from './images/images.ts';
import { chooseInterpreter } from './environments/interpreters.ts';
import { checkPickles, digestOf, normalizedName, readRequirements, readServableModel, requireSavedVersion, rivalPackages, withoutPackages, type ServableModel } from '../models/models.ts';
import { createPackageTools } from './environments/packageTools.ts';
import { removeAside, removePrefixed } from './releaseDisk.ts';
import type { ReleaseSources } from './releaseSources.ts';
import { checkReleaseFolder, writeReleaseFolder } from './releaseFolder.ts';
import { createLockTable, createReleaseTable } from './releaseTables.ts';
import { withoutMlflow } from './environments/requirements.ts';
import { createSharedWork } from './sharedWork.ts';
import { createVenvs, type Venvs } from './environments/venvs.ts';

export interface ReleaseRequest {
  readonly model: string;
  readonly version: number;
  /** URL of the MLflow server that holds the version; undefined for the companion's own registry. */
  readonly server?: string | undefined;
  readonly serving: ServingConfig;
  /** Its environment is locked for the base image instead of a Python of this machine. */
  readonly forImage: boolean;
}

/** A recorded request and, once a replica gave it, its recorded answer. */
export interface RecordedExample {
  readonly request: unknown;
  readonly response?: unknown;
}

export interface Releases extends Feature {
  /**
   * Makes the release of a model version: locks its environment, writes the release folder, keeps the row. The same input makes the
   * same release, at once when it is there already.
   * @throws Problem that says why the version cannot be served
   */
  prepare(request: ReleaseRequest, progress: Progress, signal: AbortSignal): Promise<Release>;
  /**
   * @param digest or an unambiguous beginning of at least 6 characters
   * @throws Problem `not-found`, or `conflict` when several begin so
   */
  get(digest: string): Release;
  /** The newest first. */
  list(filter?: { readonly model?: string | undefined; readonly endpoint?: string | undefined }): Release[];
  /** Folder with `release.json`, `requirements.lock`, `example.json` and `model/`. */
  folder(digest: string): string;
  compare(from: string, to: string, all?: boolean): ReleaseDifference[];
  /** Why a release cannot run, for people; undefined when it can. Reads all of the model's files. */
  checkRunnable(digest: string): Promise<string | undefined>;
  /** The recorded example; undefined where the model has none. */
  example(digest: string): Promise<RecordedExample | undefined>;
  /** Keeps the first answer that the release's model gave to its example; later ones are ignored. */
  recordExample(digest: string, response: unknown): void;
  /** Tells which releases an endpoint has had, for `list`; the deploy feature is above this one and sets it. */
  setEndpointHistory(digestsOf: (endpoint: string) => readonly string[]): void;
  readonly venvs: Venvs;
  readonly images: Images;
}

type LockPlace = Pick<LockInput, 'interpreter' | 'target' | 'wheelsOnly'>;

/** Releases of model versions, their environments and images. */
export function createReleases(context: CompanionContext, sources: ReleaseSources): Releases {
  const { home, database } = context;
  const table = createReleaseTable(database);
  const tools = createPackageTools(path.join(home.environments, 'tools'));
  const locks = createEnvironmentLocks(createLockTable(database), tools);
  const venvs = createVenvs({
    environments: home.environments,
    logs: home.logs,
    tools,
    lockText: (sha256) => locks.text(sha256),
    python: () => context.settings().python,
  });
  const folder = (digest: string): string => path.join(home.releases, digest);
  const images = createImages({
    environments: home.environments,
    logs: home.logs,
    tools,
    lockText: (sha256) => locks.text(sha256),
    releaseFolder: folder,
    settings: () => context.settings(),
  });
  const shared = createSharedWork<Release>();
  let digestsOfEndpoint: (endpoint: string) => readonly string[] = () => [];

  const get = (digest: string): Release => {
    const [found, another] = /^[0-9a-f]{6,64}$/.test(digest) ? table.byPrefix(digest) : [];
    if (found === undefined) {
      throw new Problem('not-found', `There is no release ${digest}.`, { field: 'digest', remedy: 'List them with "slipway releases".' });
    }
    if (another !== undefined) {
      throw new Problem('conflict', `Several releases begin with ${digest}.`, { field: 'digest', remedy: 'Give more characters of the digest.' });
    }
    return found;
  };

  /** Where a release is to run: what its environment is locked for, and the interpreter that runs pip. */
  const choosePlace = async (model: ServableModel, forImage: boolean, progress: Progress, signal: AbortSignal): Promise<LockPlace> => {
    const settings = context.settings();
    if (!forImage) {
      const interpreter = await chooseInterpreter(settings.python, model.python, progress, signal);
      return { interpreter, target: { python: interpreter.minor, platform: interpreter.platform }, wheelsOnly: false };
    }
    const engine = await connectEngine(settings);
    const base = await images.describeBase(engine, model.python, progress, signal);
    const interpreter = await chooseInterpreter(settings.python, base.python, () => undefined, signal);
    return { interpreter, target: { python: base.python, platform: base.platform }, wheelsOnly: true };
  };

  const make = async (request: ReleaseRequest, progress: Progress, signal: AbortSignal): Promise<Release> => {
    const { server } = request;
    const version = await sources.version(request.model, request.version, server);
    const files = [...(await sources.files(request.model, request.version, server, progress, signal))].sort((a, b) => (a.path < b.path ? -1 : 1));
    const model = await readServableModel(request.model, files, (sha256) => sources.blobPath(sha256));
    const named = version.signature?.inputs.some(({ name }) => name !== undefined) ?? false;
    const place = await choosePlace(model, request.forImage, progress, signal);
    const pickles = model.pickles.map(({ path: name, sha256 }) => ({ name, file: sources.blobPath(sha256) }));
    await checkPickles(place.interpreter.executable, pickles, model, progress, signal);
    const { runId, data, cell } = version.lineage;
    const installed = cell === undefined ? undefined : sources.kernelPackages?.(cell.captureRunId);
    const requirements = { ...(await requirementsOf(model, named)), ...(installed === undefined ? {} : { installed }) };
    const { lock, text } = await locks.resolve({ ...requirements, ...place }, progress, signal);
    requireSavedVersion(request.model, model.served, lock.packages, 'what its requirements resolve to');
    const content = {
      model: {
        name: version.name,
        version: version.version,
        ...(server === undefined ? {} : { server }),
        digest: version.digest ?? digestOf(files),
        flavor: model.served.flavor.name,
        ...(runId === undefined ? {} : { runId }),
        files: files.map(({ path: file, sha256, bytes }) => ({ path: file, sha256, bytes })),
      },
      data,
      environment: lock,
      serving: request.serving,
      ...(version.signature === undefined ? {} : { signature: version.signature }),
      hasExample: model.example !== undefined,
    };
    const digest = createHash('sha256').update(canonicalJson(content)).digest('hex');
    const known = table.byPrefix(digest)[0];
    const release: Release = known ?? { digest, createdAt: Date.now(), ...content };
    progress(`Writing release ${shortDigest(digest)}`);
    await writeReleaseFolder(home.releases, { release, lockText: text, example: model.example, blobPath: (sha256) => sources.blobPath(sha256) });
    if (known === undefined) {
      table.insert(release);
      context.events.publish({ topic: 'release', digest });
    }
    return release;
  };

  const list: Releases['list'] = ({ model, endpoint } = {}) => {
    const wanted = endpoint === undefined ? undefined : new Set(digestsOfEndpoint(endpoint));
    return table.list(model).filter(({ digest }) => wanted?.has(digest) ?? true);
  };
  const compare: Releases['compare'] = (from, to, all) => compareReleases(get(from), get(to), all);

  const router = Router();
  implement(router, releaseRoutes.listReleases, (filter) => ({ releases: list(filter) }));
  implement(router, releaseRoutes.getRelease, ({ digest }) => get(digest));
  implement(router, releaseRoutes.compareReleases, ({ from, to, all }) => ({ from: get(from), to: get(to), differences: compare(from, to, all) }));

  return {
    router,
    // A companion that was killed while it wrote leaves folders that nothing names.
    start: async () => {
      await removePrefixed(home.releases, '.new-');
      await removePrefixed(home.environments, '.wheels-');
      await removeAside(home.releases);
      await removeAside(home.environments);
    },
    venvs,
    images,
    get,
    list,
    folder,
    compare,
    prepare: (request, progress, signal) => shared.run(canonicalJson(request), progress, signal, (announce, ended) => make(request, announce, ended)),
    async checkRunnable(digest) {
      const release = get(digest);
      const damage = await checkReleaseFolder(folder(release.digest), release);
      if (damage !== undefined) {
        return `${damage} Deploy version ${release.model.version} of ${release.model.name} again.`;
      }
      const { environment } = release;
      if ((await venvs.existing(environment.sha256)) === undefined && locks.text(environment.sha256) === undefined) {
        return `Its environment ${shortDigest(environment.sha256)} is gone and its lock with it. Deploy version ${release.model.version} of ${release.model.name} again.`;
      }
      return undefined;
    },
    async example(digest) {
      const release = get(digest);
      try {
        const recorded: unknown = JSON.parse(await readFile(path.join(folder(release.digest), 'example.json'), 'utf8'));
        if (typeof recorded !== 'object' || recorded === null || !('request' in recorded)) {
          return undefined;
        }
        const response = table.recordedAnswer(release.model.digest);
        return { request: recorded.request, ...(response === undefined ? {} : { response }) };
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') {
          return undefined;
        }
        throw error;
      }
    },
    recordExample(digest, response) {
      table.recordAnswer(get(digest).model.digest, response);
    },
    setEndpointHistory(digestsOf) {
      digestsOfEndpoint = digestsOf;
    },
  };
}

/** What the environment of a model is resolved from. @param named whether requests give their columns by name */
async function requirementsOf(model: ServableModel, named: boolean): Promise<Pick<LockInput, 'requirements' | 'constraints' | 'server'>> {
  const server = await readFile(path.join(pythonFolder, 'requirements-server.txt'), 'utf8');
  const requirements = withoutPackages(withoutMlflow(model.requirements), rivalPackages(model.served, model.requirements));
  // Columns by name reach a model as a DataFrame.
  const frames = named && !readRequirements(requirements).some(({ name }) => normalizedName(name) === 'pandas');
  return {
    requirements,
    server: frames ? `${server}pandas\n` : server,
    ...(model.constraints === undefined ? {} : { constraints: model.constraints }),
  };
}
