import type { Release } from '../../contract/releases.ts';
import { answerColumn } from '../columns/columnSpec.ts';
import type { AnswerForm } from './evaluate.ts';

/** How a release answers, by its signature and serving config. */
export function answerForm({ signature, serving }: Pick<Release, 'signature' | 'serving'>): AnswerForm {
  const answer = answerColumn(signature, serving);
  const threshold = typeof serving.threshold === 'number' ? serving.threshold : 0.5;
  if (serving.method === 'predict_proba' && serving.after === undefined) {
    return { answers: 'scores', threshold };
  }
  return { answers: answer === undefined ? 'unknown' : answer.kind === 'categorical' ? 'classes' : 'numbers', threshold };
}
