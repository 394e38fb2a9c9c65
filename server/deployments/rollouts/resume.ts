import { comingOf } from '../endpoints/needed.ts';
import { hasSwitched, resumeStep } from './progression.ts';
import type { RolloutRecord } from './rolloutTable.ts';
import type { RolloutParts } from './steps/step.ts';

/** Writes where a rollout goes on after a restart of the companion: a rollout whose new replica died unseen goes back to the step that starts it. */
export async function resumeRollout(rollout: RolloutRecord, { rollouts, replicas }: Pick<RolloutParts, 'rollouts' | 'replicas'>): Promise<void> {
  const coming = comingOf(rollout);
  const started = coming === undefined ? [] : replicas.chosen(rollout.endpoint, coming);
  const seen = await Promise.all(started.map(({ id }) => replicas.observe(id)));
  const runs = seen.filter(({ running }) => running).length >= rollout.replicaCount;
  const finished = rollouts.journal(rollout.id).flatMap(({ step, event }) => (event === 'finished' ? [step] : []));
  const step = resumeStep(rollout, finished, runs);
  rollouts.write(rollout.id, { step, event: 'progress', message: 'Going on after a restart of the companion' });
  if (step !== rollout.step) {
    const anew = hasSwitched({ ...rollout, step }) ? {} : { weight: 0, stage: 0, stageSince: null };
    rollouts.change(rollout.id, { step, state: 'running', needs: [], ...anew });
  }
}
