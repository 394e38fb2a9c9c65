import type { ReleaseDifference } from '../../server/contract/releases.ts';
import { wordFor, type Known } from '../../server/contract/unknown.ts';

const parts = ['model', 'data', 'environment', 'serving', 'signature'] as const;
const partTitles: Readonly<Record<Known<ReleaseDifference['part']>, string>> = {
  model: 'Model',
  data: 'Training data',
  environment: 'Environment',
  serving: 'Serving config',
  signature: 'Signature',
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
