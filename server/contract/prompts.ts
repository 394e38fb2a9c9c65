/** The tag by which MLflow tells prompts from models; both live in the registry, under names that they share. */
export const promptTag = 'mlflow.prompt.is_prompt';

/** Whether these are the tags of a prompt, or of a version of one. */
export function isPrompt(tags: ReadonlyMap<string, string>): boolean {
  return tags.get(promptTag)?.toLowerCase() === 'true';
}
