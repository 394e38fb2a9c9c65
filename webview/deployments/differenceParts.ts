import type { ReleaseDifference } from '../../server/contract/releases.ts';
import { wordFor, type Known } from '../../server/contract/unknown.ts';

const parts = ['metric', 'param', 'data', 'environment', 'signature', 'serving', 'model'] as const;
const partTitles: Readonly<Record<Known<ReleaseDifference['part']>, string>> = {
  metric: 'Metrics',
  param: 'Params',
  data: 'Training data',
  environment: 'Packages',
  signature: 'Inputs and outputs',
  serving: 'Serving config',
  model: 'Model',
};

export interface PartDifferences {
  readonly part: ReleaseDifference['part'];
  readonly title: string;
  readonly differences: readonly ReleaseDifference[];
}

export function byPart(differences: readonly ReleaseDifference[]): PartDifferences[] {
  return [...new Set<ReleaseDifference['part']>([...parts, ...differences.map(({ part }) => part)])]
    .map((part) => ({ part, title: wordFor(partTitles, part), differences: differences.filter((difference) => difference.part === part) }))
    .filter((group) => group.differences.length > 0);
}
