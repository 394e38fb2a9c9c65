import { statfs } from 'node:fs/promises';
import { formatBytes } from '../../../contract/format/bytes.ts';
import { shortDigest } from '../../../contract/format/digests.ts';
import { Problem } from '../../../platform/errors.ts';
import type { Progress } from '../../replicas/ports.ts';
import type { Outcome } from '../outcome.ts';
import type { RolloutRecord } from '../rolloutTable.ts';
import { finished, type RolloutParts, type Step } from './step.ts';

/** Bytes that have to be free before anything is written: a small environment with its model. */
const leastFreeBytes = 256_000_000;

/** The secrets are kept, the target answers, the disk has room, the gateway has its port, the release is packaged and its files are whole. */
export const preflight: Step = {
  id: 'preflight',
  label: 'Preflight',
  beginning: 'Checking disk, target and gateway',
  share: 10,
  needsReplica: false,
  cancellable: true,
  async run(rollout, parts, progress, signal) {
    await requireDisk(parts.home);
    parts.secrets.of(rollout.to === undefined ? rollout.serving : parts.releases.get(rollout.to).serving);
    const target = parts.targets.of(rollout.target);
    const status = await target.status();
    if (!status.available) {
      throw new Problem('unavailable', status.detail);
    }
    await parts.traffic.publish();
    await parts.gateway.ensureRunning();
    if (rollout.to === undefined) {
      progress(`Packaging version ${rollout.version} of ${rollout.model}`);
      const release = await parts.releases.prepare(
        { model: rollout.model, version: rollout.version, server: rollout.server, serving: rollout.serving, forImage: target.buildsImages },
        progress,
        signal,
      );
      signal.throwIfAborted();
      parts.rollouts.change(rollout.id, { to: release.digest });
      return (await settleLive(rollout, release.digest, parts, progress, signal)) ?? finished(`Release ${shortDigest(release.digest)}`);
    }
    const damage = await parts.releases.checkRunnable(rollout.to);
    if (damage !== undefined) {
      throw new Problem('conflict', `Release ${shortDigest(rollout.to)} cannot run: ${damage}`);
    }
    const settled = rollout.kind === 'deploy' ? await settleLive(rollout, rollout.to, parts, progress, signal) : undefined;
    return settled ?? finished(`Release ${shortDigest(rollout.to)} is whole`);
  },
};

/** Where the release is live already, there is nothing to move: its replicas are made to run. */
async function settleLive({ endpoint, target, replicaCount, version }: RolloutRecord, release: string, parts: RolloutParts, progress: Progress, signal: AbortSignal): Promise<Outcome | undefined> {
  if (!isLive(endpoint, release, target, parts)) {
    return undefined;
  }
  // The endpoint may have been stopped until now, or have had another number of replicas.
  const replicas = parts.replicas.ensure(endpoint, { release, target, replicaCount });
  for (const { id } of replicas) {
    await parts.replicas.launch(id, progress, signal);
  }
  for (const { id } of replicas) {
    await parts.replicas.becomeReady(id, signal);
  }
  return { kind: 'settled', message: `Version ${version} is live already as release ${shortDigest(release)}` };
}

function isLive(endpoint: string, release: string, target: string, parts: RolloutParts): boolean {
  const record = parts.endpoints.get(endpoint);
  return record?.live?.release === release && record.target === target;
}

/** @throws Problem `disk-full` where a folder's disk has no room for a release */
export async function requireDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < leastFreeBytes) {
    throw new Problem('disk-full', `The disk that holds the data home has ${formatBytes(free)} left; a release needs at least ${formatBytes(leastFreeBytes)}.`, {
      remedy: 'Free some space, then try again.',
    });
  }
}
