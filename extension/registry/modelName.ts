import type { Connection } from '../companion/connection.ts';
import { type Answer, askText, type Choice, pickOne, type Place } from '../vscode/prompts.ts';
import { checkModelName } from './versionPrompts.ts';

const newName = Symbol('new');

/** Asks which registered model gets a version: one that is there, or a new one. */
export async function askModelName(connection: Connection, title: string, suggestion: string | undefined, place: Place): Promise<Answer<string>> {
  const { models } = await connection.call('listModels', {});
  if (models.length > 0) {
    const choices: Choice<string | typeof newName>[] = [
      { label: 'New model…', icon: 'add', value: newName },
      ...models.map(({ name, versions }) => ({
        label: name,
        description: `becomes version ${Math.max(0, ...versions.map(({ version }) => version)) + 1}`,
        icon: 'package',
        selected: name === suggestion,
        value: name,
      })),
    ];
    const answer = await pickOne<string | typeof newName>({ title, placeholder: 'As a version of which model?', ...place }, choices);
    if (answer !== newName) {
      return answer;
    }
  }
  const name = await askText({ title, prompt: 'Name of the registered model', value: suggestion, check: checkModelName, ...place });
  return typeof name === 'string' ? name.trim() : name;
}
