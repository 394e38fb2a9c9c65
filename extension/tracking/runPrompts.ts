import { window } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { tellingMetrics } from '../../server/contract/primaryMetric.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { asMetric } from '../vscode/format.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { pickSeveral, type Choice } from '../vscode/prompts.ts';

/** Runs as choices, under the names of their experiments. */
export async function listRunChoices(connection: Connection, wanted: (run: Run) => boolean = () => true): Promise<Choice<Run>[]> {
  const [{ runs }, { experiments }] = await Promise.all([connection.call('listRuns', { limit: 300 }), connection.call('listExperiments', {})]);
  const names = new Map(experiments.map(({ experimentId, name }) => [experimentId, name]));
  const order = experiments.map(({ experimentId }) => experimentId);
  return runs
    .filter(wanted)
    .sort((a, b) => order.indexOf(a.experimentId) - order.indexOf(b.experimentId) || b.startedAt - a.startedAt)
    .map((run) => ({
      label: run.name,
      description: tellingMetrics(run.metrics, 3).map(([key, value]) => `${key} ${asMetric(value)}`).join(' · '),
      detail: [run.status.toLowerCase(), formatAge(run.startedAt), ...(run.source === 'capture' ? ['captured'] : []), ...run.models.map(({ name }) => `model ${name}`)].join(' · '),
      icon: run.models.length > 0 ? 'package' : 'beaker',
      group: names.get(run.experimentId),
      value: run,
    }));
}

/** The runs that a user marks among all; undefined where there are none, or the user thought better of it. @param given marked from the start */
export async function askRuns(connection: Connection, given: readonly string[], title: string): Promise<string[] | undefined> {
  const choices = await listRunChoices(connection);
  if (choices.length === 0) {
    void window.showInformationMessage('There are no runs to compare yet. Run the cells of a notebook, or log a run with mlflow.');
    return undefined;
  }
  const marked = choices.map((choice) => ({ ...choice, selected: given.includes(choice.value.runId) }));
  return (await pickSeveral(title, 'Choose the runs to compare', marked))?.map(({ runId }) => runId);
}
