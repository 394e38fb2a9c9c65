import { Problem } from '../platform/errors.ts';

/** The tag by which MLflow tells prompts from models; both live in the registry, under names that they share. */
export const promptTag = 'mlflow.prompt.is_prompt';

/** Whether these are the tags of a prompt, or of a version of one. */
export function isPrompt(tags: ReadonlyMap<string, string>): boolean {
  return tags.get(promptTag)?.toLowerCase() === 'true';
}

/** What MLflow's clients and server name as the source of a prompt, which has no files (mlflow/prompt/constants.py). */
const placeholders: ReadonlySet<string> = new Set(['dummy-source', 'prompt-template']);

/** @throws Problem `invalid-input` for a place that files could come from */
export function checkPromptSource(source: string): void {
  if (!placeholders.has(source)) {
    throw new Problem('invalid-input', `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`, { field: 'source' });
  }
}
