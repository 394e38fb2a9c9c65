import { Problem } from '../platform/errors.ts';

/** What MLflow's clients and server name as the source of a prompt, which has no files (mlflow/prompt/constants.py). */
const placeholders: ReadonlySet<string> = new Set(['dummy-source', 'prompt-template']);

/** @throws Problem `invalid-input` for a place that files could come from */
export function checkPromptSource(source: string): void {
  if (!placeholders.has(source)) {
    throw new Problem('invalid-input', `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`, { field: 'source' });
  }
}
