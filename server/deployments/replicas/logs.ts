import { shortDigest } from '../../contract/format/digests.ts';
import type { EndpointRecord } from '../endpoints/endpointTable.ts';
import { Problem } from '../../platform/errors.ts';
import { buildLog } from '../../releases/environments/venvs.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { lastLines } from '../targets/lastLines.ts';

export interface LogQuery {
  readonly lines: number;
  /** One replica only. */
  readonly replica: string | undefined;
  /** Folder of the companion's logs. */
  readonly logs: string;
}

export interface LogSource {
  readonly source: string;
  readonly lines: string[];
}

/** The last lines of an endpoint's replicas, the newest first, and of the environment builds of the releases that they serve. */
export async function readLogs(endpoint: EndpointRecord, query: LogQuery, parts: RolloutParts): Promise<LogSource[]> {
  const all = parts.replicaTable.list(endpoint.name).reverse();
  const wanted = query.replica === undefined ? all : all.filter(({ id }) => id === query.replica);
  if (query.replica !== undefined && wanted.length === 0) {
    throw new Problem('not-found', `${endpoint.name} has no replica ${query.replica}.`, {
      field: 'replica',
      remedy: all.length === 0 ? 'It has none.' : `It has ${all.map(({ id }) => id).join(', ')}.`,
    });
  }
  const ofReplicas = await Promise.all(
    wanted.map(async (replica) => ({
      source: `replica ${replica.id} (${replica.state}, release ${shortDigest(replica.release)})`,
      lines: await parts.targets.of(replica.target).logs(replica, query.lines),
    })),
  );
  if (query.replica !== undefined) {
    return ofReplicas;
  }
  const coming = parts.rollouts.latest(endpoint.name)?.to;
  const digests = new Set([...all.map(({ release }) => release), ...(coming === undefined ? [] : [coming])]);
  const keys = new Set([...digests].flatMap((digest) => [environmentOf(digest, parts) ?? [], digest].flat()));
  const ofBuilds = await Promise.all(
    [...keys].map(async (key) => ({ source: `build ${shortDigest(key)}`, lines: await lastLines(buildLog(query.logs, key), query.lines) })),
  );
  return [...ofReplicas, ...ofBuilds.filter(({ lines }) => lines.length > 0)];
}

function environmentOf(digest: string, parts: RolloutParts): string | undefined {
  try {
    return parts.releases.get(digest).environment.sha256;
  } catch {
    return undefined;
  }
}
