import { Problem } from '../../platform/errors.ts';
import type { Release } from '../../contract/releases.ts';
import { startBatchReplica, type BatchReplica, type BatchReplicaParts } from '../batches/batchReplica.ts';
import { failureText } from '../replicas/modelServer.ts';
import { compareAnswers, rowsOf } from '../replicas/predictions.ts';
import type { Releases } from '../replicas/ports.ts';

export interface LoadCheckParts extends BatchReplicaParts {
  readonly releases: Pick<Releases, 'folder' | 'example'>;
  /** Packages the version. @throws Problem that says why it cannot be served */
  release(progress: (message: string) => void, signal: AbortSignal): Promise<Release>;
}

/** What was found. */
export type LoadFinding = { readonly state: 'loads'; readonly message: string } | { readonly state: 'fails'; readonly message: string; readonly remedy?: string };

/** Reasons that lie in the version itself: trying again comes to the same. */
const deterministic: ReadonlySet<string> = new Set(['invalid-input', 'forbidden', 'conflict', 'too-large', 'mismatch']);

/**
 * Builds the environment of a version's lock, loads the model there in a process of its own and predicts the example.
 * @throws what is no fault of the version: a package index, a disk or an engine that does not answer
 */
export async function runLoadCheck(parts: LoadCheckParts, { target: kind }: { readonly target: string }, progress: (message: string) => void, signal: AbortSignal): Promise<LoadFinding> {
  let release: Release;
  try {
    release = await parts.release(progress, signal);
    await parts.targets.of(kind).prepare(release, progress, signal);
  } catch (error) {
    if (!signal.aborted && error instanceof Problem && deterministic.has(error.reason)) {
      return failing(error);
    }
    throw error;
  }
  try {
    const replica = await startBatchReplica(parts, { release, target: kind, endpoint: 'load-check' }, progress, signal);
    try {
      return await predictExample(parts, release, replica, signal);
    } finally {
      await replica.stop().catch(() => undefined);
    }
  } catch (error) {
    if (!signal.aborted && error instanceof Problem && error.reason !== 'internal' && error.reason !== 'disk-full') {
      return failing(error);
    }
    throw error;
  }
}

function failing({ message, remedy }: Problem): LoadFinding {
  return { state: 'fails', message, ...(remedy === undefined ? {} : { remedy }) };
}

async function predictExample(
  { releases }: LoadCheckParts,
  { digest, environment, serving }: Release,
  replica: Pick<BatchReplica, 'ask'>,
  signal: AbortSignal,
): Promise<LoadFinding> {
  const where = `in an environment of its own (Python ${environment.python}, ${environment.packages.length} packages)`;
  const example = await releases.example(digest);
  if (example === undefined) {
    return { state: 'loads', message: `Loads ${where}. It has no example to predict.` };
  }
  const answer = await replica.ask('/invocations', JSON.stringify(example.request), serving.requestTimeoutSeconds * 1000, signal);
  if (answer.status !== 200) {
    return { state: 'fails', message: `Loads ${where}, and answers its example with ${answer.status}: ${failureText(answer)}` };
  }
  const difference = compareAnswers(JSON.parse(answer.body), example.response, rowsOf(example.request), example.registered);
  if (difference !== undefined) {
    return { state: 'fails', message: `Loads ${where}, and answers otherwise there. ${difference}` };
  }
  const compared = example.response === undefined ? 'predicts its example' : `answers its example as ${example.registered === undefined ? 'recorded' : 'in the notebook'}`;
  return { state: 'loads', message: `Loads ${where} and ${compared}.` };
}
