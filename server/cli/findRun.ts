import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';

const shortest = 4;
/** Runs among which the beginning of an id or a name is looked for, the newest first. */
const searched = 1000;

/**
 * The id of a run that is named by its id, the beginning of it, or its name.
 * @throws CallFailure `not-found`, or `invalid-input` when several runs fit
 */
export async function findRun(client: CompanionClient, named: string): Promise<string> {
  if (/^[0-9a-f]{32}$/.test(named)) {
    return named;
  }
  const { runs } = await client.call('listRuns', { limit: searched });
  const found = runs.filter(({ runId, name }) => name === named || (named.length >= shortest && runId.startsWith(named)));
  const [run, another] = found;
  if (run === undefined) {
    throw new CallFailure('not-found', `There is no run ${named}.`, { field: 'run', remedy: '"slipway runs" lists them; the first characters of an id or a name will do.' });
  }
  if (another !== undefined) {
    throw new CallFailure('invalid-input', `${found.length} runs fit ${named}.`, {
      field: 'run',
      remedy: `Give more of the id: ${found.slice(0, 5).map(({ runId }) => runId).join(', ')}${found.length > 5 ? ', ...' : ''}`,
    });
  }
  return run.runId;
}
