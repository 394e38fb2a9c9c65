import type { Strategy } from '../../contract/deployments.ts';
import { tiers, type ModelEntry, type Tier } from '../../contract/policyFile.ts';
import type { ModelPolicy, PolicySource } from '../../contract/policy.ts';
import type { AllowedSigner } from '../../platform/ssh/allowedSigners.ts';
import { canonicalJson } from '../../platform/canonicalJson.ts';
import { layersOf, mergeLayers, requirementOf, type MergedValue } from './policyLayers.ts';
import { strategyOf } from './rolloutPlan.ts';
import type { ReadEntry } from './readPolicyFile.ts';

/** What a file says of a model. */
export interface Stated extends ReadEntry {
  readonly file: string;
  /** Epoch milliseconds when it was taken over. */
  readonly adoptedAt: number;
  /** Whose signatures count, as they were when it was taken over; undefined where it names no file of them. */
  readonly allowedSigners?: readonly AllowedSigner[];
}

/** What is in force for a model. */
export interface Policy {
  readonly tier: Tier;
  /** The file that names the model; undefined where none does. */
  readonly file: string | undefined;
  /** Epoch milliseconds when that file was taken over as it is in force. */
  readonly adoptedAt: number | undefined;
  /** `tier standard, /home/ana/churn/slipway.yaml:3`. */
  readonly name: string;
  readonly entry: ModelEntry;
  /** How production moves; undefined where a deploy says it itself. */
  readonly rollout: Strategy | undefined;
  /** Whose signatures count. */
  readonly allowedSigners: readonly AllowedSigner[];
  isProduction(endpoint: string): boolean;
  /** Where a value comes from, for people: `slipway.yaml:7` or `tier standard`. */
  sourceOf(key: string): string;
}

/** @param stated undefined where no file names the model */
export function policyOf(stated: Stated | undefined): Policy {
  const tier = stated?.entry.tier ?? 'experimental';
  const { entry, values } = mergeLayers(layersOf(tier, stated?.entry ?? {}));
  return {
    tier,
    file: stated?.file,
    adoptedAt: stated?.adoptedAt,
    name: stated === undefined ? 'no policy' : `tier ${tier}, ${stated.file}:${stated.line}`,
    entry,
    rollout: strategyOf(entry.rollout),
    allowedSigners: stated?.allowedSigners ?? [],
    isProduction: (endpoint) => !(entry.staging ?? []).includes(endpoint),
    sourceOf(key) {
      const found = values.find((value) => value.key === key || value.key.startsWith(`${key}.`));
      const source = found === undefined ? undefined : toSource(found, tier, stated);
      return source === undefined || source.kind === 'unknown' || source.kind === 'tier' ? `tier ${tier}` : `${source.file}:${source.line}`;
    },
  };
}

function toSource({ key, source }: MergedValue, tier: Tier, stated: Stated | undefined): PolicySource {
  if (stated === undefined || source === 'tier') {
    return { kind: 'tier', tier };
  }
  const requirement = source === 'requirement' ? requirementOf(key) : undefined;
  return requirement === undefined ? { kind: 'file', file: stated.file, line: stated.lineOf(key) } : { kind: 'requirement', key: requirement, file: stated.file, line: stated.lineOf(requirement) };
}

/** What is in force, each value with its source, and what the other tiers would say instead. */
export function describePolicy(model: string, stated: Stated | undefined): ModelPolicy {
  const tier = stated?.entry.tier ?? 'experimental';
  const { values, entry } = mergeLayers(layersOf(tier, stated?.entry ?? {}));
  const now = new Map(values.map(({ key, value }) => [key, value]));
  return {
    model,
    tier,
    ...(stated === undefined ? {} : { tierSource: { file: stated.file, line: stated.lineOf('tier') } }),
    owners: entry.owners ?? [],
    values: values.filter(({ key }) => key !== 'owners').map((value) => ({ key: value.key, value: value.value, source: toSource(value, tier, stated) })),
    others: tiers
      .filter((other) => other !== tier)
      .map((other) => ({
        tier: other,
        values: mergeLayers(layersOf(other, stated?.entry ?? {})).values.flatMap(({ key, value }) =>
          now.has(key) && canonicalJson(now.get(key)) === canonicalJson(value) ? [] : [{ key, value, ...(now.has(key) ? { now: now.get(key) } : {}) }],
        ),
      })),
  };
}
