import { finished, releaseOf, type Step } from './step.ts';

/** The venv or image of the release's environment lock is there. */
export const environment: Step = {
  id: 'environment',
  label: 'Environment',
  beginning: 'Building the environment',
  share: 40,
  needsReplica: false,
  cancellable: true,
  async run(rollout, parts, progress, signal) {
    const release = parts.releases.get(releaseOf(rollout));
    await parts.targets.of(rollout.target).prepare(release, progress, signal);
    return finished(`Python ${release.environment.python} with ${release.environment.packages.length} packages`);
  },
};
