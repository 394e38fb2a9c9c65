import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { parseModelReference } from './deployCommands.ts';

/** The number of the version that a reference such as `churn@champion` names. */
export async function versionOf(client: CompanionClient, text: string): Promise<{ name: string; version: number }> {
  const { model, version } = parseModelReference(text.replace(/@(?=\d+$)/, ':'));
  if (typeof version === 'number') {
    return { name: model, version };
  }
  const { versions, aliases } = await client.call('getModel', { name: model });
  const found = version === 'latest' ? versions[0]?.version : aliases[version.replace(/^@/, '')];
  if (found === undefined) {
    throw new CallFailure('not-found', `${model} has no version ${version}.`, { field: 'model', remedy: `"slipway models ${model}" lists its versions and aliases.` });
  }
  return { name: model, version: found };
}
