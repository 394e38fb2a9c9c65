import type { Explanation } from '../contract/lineage.ts';
import type { ModelVersion } from '../contract/registry.ts';
import type { Release } from '../contract/releases.ts';
import type { Run } from '../contract/tracking.ts';
import { Problem } from '../platform/errors.ts';
import { ifFound } from '../platform/ifFound.ts';
import { traceFile } from './dataFile.ts';
import type { LineageSources } from './lineageSources.ts';
import { decisionFor } from './liveAt.ts';

type Sources = Pick<LineageSources, 'audit' | 'release' | 'version' | 'request'> & { run(runId: string): Promise<Run> };

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (Problem.is(error)) {
      return undefined;
    }
    throw error;
  }
}

function releasePart({ digest, createdAt, serving, environment }: Release): Explanation['release'] {
  return { digest, createdAt, serving, environment: { sha256: environment.sha256, python: environment.python, packages: environment.packages.length } };
}

/** What is missing in the chain, and why, for people. */
function notKnown(asked: { release: string | undefined; found: Release | undefined; version: ModelVersion | undefined; runId: string | undefined; run: Run | undefined }, truncated: boolean): string[] {
  const { release, found, version, runId, run } = asked;
  return [
    ...(release === undefined ? ['No release had a replica for the request.'] : found === undefined ? [`The release ${release.slice(0, 12)} is gone.`] : []),
    ...(found !== undefined && version === undefined ? ['The version is not in the registry any more.'] : []),
    ...(found !== undefined && runId === undefined ? ['The version was made of no run.'] : runId !== undefined && run === undefined ? [`The run ${runId} is gone.`] : []),
    ...(run !== undefined && run.cell === undefined && version?.lineage.cell === undefined ? ['The run was not logged in a captured notebook, so that no cell is known.'] : []),
    ...(found !== undefined && found.data.length === 0 ? ['No data file is known: neither did a captured cell name one, nor did mlflow.log_input.'] : []),
    ...(truncated ? ['The bodies are not whole: they are not in the kept sample, or too long.'] : []),
  ];
}

/**
 * Goes from a request back to the data that its model was trained on.
 * @throws Problem `not-found` when no log has the request
 */
export async function explainRequest(id: string, endpoint: string | undefined, sources: Sources): Promise<Explanation> {
  const logged = await sources.request(id, endpoint);
  if (logged === undefined) {
    throw new Problem('not-found', `${endpoint === undefined ? 'No inference log has' : `The inference log of ${endpoint} does not have`} a request ${id}.`, {
      field: 'id',
      remedy: 'The id is in the header x-request-id of the answer. A log is kept for as many days as slipway.inferenceLogDays says.',
    });
  }
  const { request, scores } = logged;
  const digest = request.release;
  const release = digest === undefined ? undefined : ifFound(() => sources.release(digest));
  const version = release === undefined ? undefined : await orUndefined(sources.version(release.model.name, release.model.version, release.model.server));
  const runId = release?.model.runId ?? version?.lineage.runId;
  const run = runId === undefined ? undefined : await orUndefined(sources.run(runId));
  const decision = digest === undefined ? undefined : decisionFor(sources.audit, logged.endpoint, digest, request.at);
  const cell = run?.cell ?? version?.lineage.cell;
  return {
    endpoint: logged.endpoint,
    request,
    ...(scores === undefined ? {} : { scores: [...scores] }),
    ...(release === undefined ? {} : { release: releasePart(release) }),
    ...(release === undefined
      ? {}
      : {
          version: {
            model: release.model.name,
            version: release.model.version,
            ...(release.model.server === undefined ? {} : { server: release.model.server }),
            ...(version === undefined ? {} : { registeredAt: version.createdAt }),
          },
        }),
    ...(decision === undefined ? {} : { decision }),
    ...(run === undefined ? {} : { run: { runId: run.runId, name: run.name, startedAt: run.startedAt, user: run.user } }),
    ...(cell === undefined ? {} : { cell }),
    ...(version?.lineage.git === undefined ? {} : { git: version.lineage.git }),
    data: await Promise.all((release?.data ?? []).map(traceFile)),
    notKnown: notKnown({ release: digest, found: release, version, runId, run }, request.truncated),
  };
}
