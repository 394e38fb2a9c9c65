import type { App } from '../app.ts';
import type { Experiment } from '../../server/contract/tracking.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { askText, chosen, type Choice, pickOne } from '../vscode/prompts.ts';

/** Asks for the name of an experiment that no other has. */
export async function askExperimentName({ connection }: App, title: string, value = ''): Promise<string | undefined> {
  const { experiments } = await connection.call('listExperiments', {});
  const taken = new Set(experiments.map(({ name }) => name));
  const check = (text: string): string | undefined => {
    const name = text.trim();
    return name === '' ? 'Type a name.' : name !== value && taken.has(name) ? `There is an experiment "${name}" already.` : undefined;
  };
  return chosen(await askText({ title, prompt: 'Name of the experiment', value, check }))?.trim();
}

export function experimentChoices(experiments: readonly Experiment[]): Choice<Experiment>[] {
  return experiments.map((experiment) => ({
    label: experiment.name,
    description: [...(experiment.runs === undefined ? [] : [plural(experiment.runs, 'run')]), formatAge(experiment.lastUpdatedAt)].join(' · '),
    icon: 'beaker',
    value: experiment,
  }));
}

/** Asks for an experiment. @param which leaves out those that make no sense */
export async function pickExperiment({ connection }: App, title: string, which: (experiment: Experiment) => boolean = () => true): Promise<Experiment | undefined> {
  const load = async (): Promise<Choice<Experiment>[]> => experimentChoices((await connection.call('listExperiments', {})).experiments.filter(which));
  return chosen(await pickOne({ title, placeholder: 'Which experiment?' }, load()));
}
