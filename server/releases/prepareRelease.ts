import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { useFiles } from '../artifacts/blobs.ts';
import { shortDigest } from '../contract/format/digests.ts';
import type { ModelVersion } from '../contract/registry.ts';
import type { EnvironmentLock, Release } from '../contract/releases.ts';
import type { ServingConfig } from '../contract/servingConfig.ts';
import {
  checkPickles,
  digestOf,
  normalizedName,
  readRequirements,
  readServableModel,
  requireSavedVersion,
  rivalPackages,
  withoutPackages,
  type ModelFile,
  type ServableModel,
} from '../models/models.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { Progress } from '../platform/command.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import { pythonFolder } from '../platform/resources.ts';
import { chooseInterpreter } from './environments/interpreters.ts';
import type { EnvironmentLocks, LockInput } from './environments/environmentLock.ts';
import { withoutMlflow } from './environments/requirements.ts';
import { connectEngine } from './images/engine.ts';
import type { Images } from './images/images.ts';
import { writeReleaseFolder } from './releaseFolder.ts';
import type { ReleaseSources } from './releaseSources.ts';
import type { ReleaseTable } from './releaseTables.ts';

export interface ReleaseRequest {
  readonly model: string;
  readonly version: number;
  /** URL of the MLflow server that holds the version; undefined for the companion's own registry. */
  readonly server?: string | undefined;
  readonly serving: ServingConfig;
  /** Its environment is locked for the base image instead of a Python of this machine. */
  readonly forImage: boolean;
}

/** What the making of a release works with. */
export interface PreparationParts extends Pick<CompanionContext, 'home' | 'settings' | 'events'> {
  readonly sources: ReleaseSources;
  readonly table: ReleaseTable;
  readonly locks: EnvironmentLocks;
  readonly images: Pick<Images, 'describeBase' | 'hasBase'>;
}

export type Prepare = (request: ReleaseRequest, progress: Progress, signal: AbortSignal) => Promise<Release>;

/** Where a release is to run: what its environment is locked for, and the interpreter that runs pip. */
export type LockPlace = Pick<LockInput, 'interpreter' | 'target' | 'forImage'>;

/** All that a release's digest is made of. */
export type ReleaseContent = Omit<Release, 'digest' | 'createdAt'>;

/** A version with its files, as the registry has it, and what these say about serving it. */
export interface StoredVersion {
  readonly version: ModelVersion;
  /** In the order of their paths. */
  readonly files: readonly ModelFile[];
  readonly model: ServableModel;
}

/**
 * Makes releases: what cannot be served is refused before any program is started, then pickles are checked, then the environment is locked
 * and the folder is written.
 */
export function createPreparation(parts: PreparationParts): Prepare {
  const { home, sources, table } = parts;
  return async (request, progress, signal) => {
    const stored = await readVersion(sources, request, progress, signal);
    const { lock, text } = await lockEnvironment(parts, request, stored, progress, signal);
    const content = { ...contentOf(request, stored), environment: lock };
    const digest = releaseDigest(content);
    const known = table.byPrefix(digest)[0];
    const release: Release = known ?? { digest, createdAt: Date.now(), ...content };
    progress(`Writing release ${shortDigest(digest)}`);
    await writeReleaseFolder(home.releases, { release, lockText: text, example: stored.model.example, blobs: sources.blobs });
    if (known === undefined) {
      table.insert(release);
      parts.events.publish({ topic: 'release', digest });
    }
    return release;
  };
}

export async function readVersion(sources: ReleaseSources, { model: name, version: number, server }: ReleaseRequest, progress: Progress, signal: AbortSignal): Promise<StoredVersion> {
  const version = await sources.version(name, number, server);
  const files = [...(await sources.files(name, number, server, progress, signal))].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { version, files, model: await readServableModel(name, files, sources.blobs) };
}

/** Checks the model's pickles, then resolves its environment. */
async function lockEnvironment(
  parts: PreparationParts,
  request: ReleaseRequest,
  stored: StoredVersion,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ readonly lock: EnvironmentLock; readonly text: string }> {
  requireBuildable(request);
  const place = await choosePlace(parts, stored.model, request.forImage, progress, signal);
  await requireSafePickles(parts, request, stored, { place, progress, signal });
  const resolved = await parts.locks.resolve(await lockInputOf(parts, request, stored, place), progress, signal);
  requireSavedVersion(request.model, stored.model.served, resolved.lock.packages, 'what its requirements resolve to');
  return resolved;
}

/** @throws Problem `invalid-input` where packages would have to be built in an image */
export function requireBuildable({ forImage, serving: { allowedBuilds = [] } }: ReleaseRequest): void {
  if (forImage && allowedBuilds.length > 0) {
    throw new Problem('invalid-input', `An image has no compiler: ${allowedBuilds.join(', ')} cannot be built in it.`, {
      field: 'serving.allowedBuilds',
      remedy: 'Require versions that have wheels, or deploy to the target process.',
    });
  }
}

/** @throws Problem `forbidden` that names what the model's pickles import and must not */
export async function requireSafePickles(
  { sources }: Pick<PreparationParts, 'sources'>,
  { serving }: ReleaseRequest,
  { files, model }: StoredVersion,
  { place, progress, signal }: { readonly place: LockPlace; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  await useFiles(new Map(files.map(({ path: name, sha256 }) => [name, sources.blobs.materialize(sha256)])), (materialized) =>
    checkPickles(materialized, model, { python: place.interpreter.executable, allowed: serving.allowedImports ?? [], progress, signal }),
  );
}

/** What the environment of a release is resolved from. */
export async function lockInputOf({ sources }: Pick<PreparationParts, 'sources'>, { serving }: ReleaseRequest, { version, model }: StoredVersion, place: LockPlace): Promise<LockInput> {
  const { cell } = version.lineage;
  const installed = cell === undefined ? undefined : sources.kernelPackages?.(cell.captureRunId);
  const named = version.signature?.inputs.some(({ name }) => name !== undefined) ?? false;
  return { ...(await requirementsOf(model, named)), ...(installed === undefined ? {} : { installed }), ...place, builds: serving.allowedBuilds ?? [] };
}

export async function choosePlace(parts: PreparationParts, model: ServableModel, forImage: boolean, progress: Progress, signal: AbortSignal): Promise<LockPlace> {
  const settings = parts.settings();
  if (!forImage) {
    const interpreter = await chooseInterpreter(settings.python, model.python, progress, signal);
    return { interpreter, target: { python: interpreter.minor, platform: interpreter.platform }, forImage: false };
  }
  const engine = await connectEngine(settings);
  const base = await parts.images.describeBase(engine, model.python, progress, signal);
  const interpreter = await chooseInterpreter(settings.python, base.python, () => undefined, signal);
  return { interpreter, target: { python: base.python, platform: base.platform }, forImage: true };
}

/** What the environment of a model is resolved from. @param named whether requests give their columns by name */
async function requirementsOf(model: ServableModel, named: boolean): Promise<Pick<LockInput, 'requirements' | 'constraints' | 'server'>> {
  const server = await readFile(path.join(pythonFolder, 'requirements-server.txt'), 'utf8');
  const needed = model.served.flavor.byMlflow ? model.requirements : withoutMlflow(model.requirements);
  const requirements = withoutPackages(needed, rivalPackages(model.served, model.requirements));
  // Columns by name reach a model as a DataFrame.
  const frames = named && !readRequirements(requirements).some(({ name }) => normalizedName(name) === 'pandas');
  return {
    requirements,
    server: frames ? `${server}pandas\n` : server,
    ...(model.constraints === undefined ? {} : { constraints: model.constraints }),
  };
}

export function releaseDigest(content: ReleaseContent): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** The release without its environment, which has to be resolved. */
export function contentOf(request: ReleaseRequest, { version, files, model }: StoredVersion): Omit<ReleaseContent, 'environment'> {
  const { server } = request;
  const { runId, data } = version.lineage;
  return {
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
    serving: request.serving,
    ...(version.signature === undefined ? {} : { signature: version.signature }),
    hasExample: model.example !== undefined,
  };
}
