import path from 'node:path';
import { Router } from 'express';
import { shortDigest } from '../contract/format/digests.ts';
import { releaseRoutes, type Release, type ReleaseDifference } from '../contract/releases.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { Progress } from '../platform/command.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { removePrefixed } from '../platform/files/removePrefixed.ts';
import { implement } from '../platform/http/implement.ts';
import { compareReleases, type ReleaseValues } from './compare.ts';
import { createEnvironmentLocks } from './environments/environmentLock.ts';
import { createPackageTools } from './environments/packageTools.ts';
import { createVenvs, type Venvs } from './environments/venvs.ts';
import { createImages, type Images } from './images/images.ts';
import { createForesight, type ForeseenRelease, type ForeseenRequest } from './foreseeRelease.ts';
import { createPreparation, type PreparationParts, type ReleaseContent, type ReleaseRequest } from './prepareRelease.ts';
import { answererOf, readRecordedRequest, readRegisteredAnswer, type RecordedExample } from './recordedExample.ts';
import { removeAside } from './releaseDisk.ts';
import { checkReleaseFolder } from './releaseFolder.ts';
import type { ReleaseSources } from './releaseSources.ts';
import { createLockTable, createReleaseTable, type ReleaseFacts } from './releaseTables.ts';
import { createSharedWork } from './sharedWork.ts';

export interface Releases extends Feature {
  /**
   * Makes the release of a model version: locks its environment, writes the release folder, keeps the row. The same input makes the
   * same release, at once when it is there already.
   * @throws Problem that says why the version cannot be served
   */
  prepare(request: ReleaseRequest, progress: Progress, signal: AbortSignal): Promise<Release>;
  /** Which release a version would make, without making it. @throws Problem for a version that cannot be served at all */
  foresee(request: ForeseenRequest, signal: AbortSignal): Promise<ForeseenRelease>;
  /**
   * @param digest or an unambiguous beginning of at least 6 characters
   * @throws Problem `not-found`, or `conflict` when several begin so
   */
  get(digest: string): Release;
  /** What is asked often of the release with this whole digest; undefined when it is gone. */
  facts(digest: string): ReleaseFacts | undefined;
  /** The newest first. */
  list(filter?: { readonly model?: string | undefined; readonly endpoint?: string | undefined }): Release[];
  /** Folder with `release.json`, `requirements.lock`, `example.json` and `model/`. */
  folder(digest: string): string;
  /** @throws Problem `not-found` */
  compare(from: string, to: string, all?: boolean): Promise<ReleaseDifference[]>;
  /** As `compare`, with a release that is not made yet; its environment counts as the same where it is not resolved. */
  compareForeseen(from: string, to: ForeseenRelease): Promise<ReleaseDifference[]>;
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

/** Releases of model versions, their environments and images. */
export function createReleases(context: CompanionContext, sources: ReleaseSources): Releases {
  const { home, database } = context;
  const table = createReleaseTable(database);
  const tools = createPackageTools(path.join(home.environments, 'tools'), home.root);
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

  const making: PreparationParts = { home, settings: () => context.settings(), events: context.events, sources, table, locks, images };
  const prepare = createPreparation(making);

  const list: Releases['list'] = ({ model, endpoint } = {}) => {
    const wanted = endpoint === undefined ? undefined : new Set(digestsOfEndpoint(endpoint));
    return table.list(model).filter(({ digest }) => wanted?.has(digest) ?? true);
  };
  const compare: Releases['compare'] = async (from, to, all = false) => {
    const [before, after] = [get(from), get(to)];
    return compareReleases(before, after, { values: { from: await valuesOf(before, sources), to: await valuesOf(after, sources) }, all });
  };

  const compareForeseen: Releases['compareForeseen'] = async (from, { content, resolved }) => {
    const before = get(from);
    const after = { ...content, environment: resolved?.environment ?? before.environment };
    return compareReleases(before, after, { values: { from: await valuesOf(before, sources), to: await valuesOf(after, sources) } });
  };

  const router = Router();
  implement(router, releaseRoutes.listReleases, (filter) => ({ releases: list(filter) }));
  implement(router, releaseRoutes.getRelease, ({ digest }) => get(digest));
  implement(router, releaseRoutes.getReleaseSbom, async ({ digest }) => {
    const found = get(digest);
    const { sbomOf } = await import('./sbom.ts');
    return releaseRoutes.getReleaseSbom.output.parse(JSON.parse(sbomOf(found, locks.text(found.environment.sha256))));
  });
  implement(router, releaseRoutes.compareReleases, async ({ from, to, all }) => ({ from: get(from), to: get(to), differences: await compare(from, to, all) }));

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
    facts: (digest) => table.facts(digest),
    list,
    folder,
    compare,
    compareForeseen,
    foresee: createForesight(making),
    prepare: (request, progress, signal) => shared.run(canonicalJson(request), progress, signal, (announce, ended) => prepare(request, announce, ended)),
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
      const request = await readRecordedRequest(folder(release.digest));
      if (request === undefined) {
        return undefined;
      }
      // What is answered by another method or a threshold is not what the notebook saw.
      const registered = answererOf(release) === release.model.digest ? await readRegisteredAnswer(folder(release.digest)) : undefined;
      const response = registered?.response ?? table.recordedAnswer(answererOf(release));
      return { request: request.body, ...(response === undefined ? {} : { response }), ...(registered === undefined ? {} : { registered: registered.dtype }) };
    },
    recordExample(digest, response) {
      table.recordAnswer(answererOf(get(digest)), response);
    },
    setEndpointHistory(digestsOf) {
      digestsOfEndpoint = digestsOf;
    },
  };
}

/** The params and metrics of a release's version; undefined where it is gone, is another one by now, or is on a server: a rollback waits for none. */
async function valuesOf({ model }: Pick<ReleaseContent, 'model'>, sources: ReleaseSources): Promise<ReleaseValues | undefined> {
  if (model.server !== undefined) {
    return undefined;
  }
  try {
    const version = await sources.version(model.name, model.version);
    return version.digest === model.digest ? version : undefined;
  } catch (error) {
    if (Problem.is(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}
