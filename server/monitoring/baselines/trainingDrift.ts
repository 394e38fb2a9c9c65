import type { ComparedColumn, DescribedBaseline } from '../../contract/baselines.ts';
import type { ProfiledRelease } from '../windows/profiles.ts';
import { compareBaselines } from './compareBaselines.ts';

/** How far the training data of one release is from the baseline of another. */
export interface TrainingDrift {
  readonly training: DescribedBaseline;
  readonly baseline: DescribedBaseline;
  /** By the inputs of both, the farthest first; `one` is of the baseline. */
  readonly columns: readonly ComparedColumn[];
}

const ofTraining: readonly DescribedBaseline['origin']['kind'][] = ['training-rows', 'training-files', 'data-file'];

/** @returns why not, where one of them has none */
export function trainingDrift(candidate: Pick<ProfiledRelease, 'baseline' | 'described'> | undefined, live: Pick<ProfiledRelease, 'baseline' | 'described'> | undefined): TrainingDrift | { readonly reason: string } {
  if (candidate?.described === undefined || !ofTraining.includes(candidate.described.origin.kind)) {
    return { reason: 'the training data of the candidate is not known, or no CSV file with its inputs that is still as it was' };
  }
  if (live?.described === undefined) {
    return { reason: 'the live release has no baseline' };
  }
  return { training: candidate.described, baseline: live.described, columns: compareBaselines(live.baseline, candidate.baseline) };
}
