import { sharesOf, strategy, type Strategy } from '../../contract/deployments.ts';
import { rolloutHas, type ModelEntry, type Tier } from '../../contract/policyFile.ts';
import { layersOf, mergeLayers } from './policyLayers.ts';

/** The strategy of a plan; undefined where there is none. */
export function strategyOf(plan: ModelEntry['rollout']): Strategy | undefined {
  return plan?.kind === undefined ? undefined : strategy.parse(plan);
}

/** What the schema of one field cannot see: a plan has fields of its kind alone, and its shares rise. */
export function wrongRollout(entry: ModelEntry): { readonly field: string; readonly message: string } | undefined {
  const tier: Tier = entry.tier ?? 'experimental';
  const rollout = mergeLayers(layersOf(tier, entry)).entry.rollout;
  if (rollout === undefined) {
    return undefined;
  }
  const { kind } = rollout;
  if (kind === undefined) {
    return { field: 'kind', message: 'rollout needs a kind: the tier experimental has none.' };
  }
  const foreign = Object.keys(entry.rollout ?? {}).find((field) => !rolloutHas(kind, field));
  if (foreign !== undefined) {
    return { field: foreign, message: `${foreign} means nothing for a rollout of the kind ${kind}.` };
  }
  const shares = sharesOf(strategyOf(rollout) ?? { kind: 'unknown' });
  return shares.some((share, index) => share <= (shares[index - 1] ?? 0)) ? { field: 'steps', message: `The shares of a canary have to rise: ${shares.join(', ')}.` } : undefined;
}
