import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { viewsOf, type SavedView } from '../contract/savedViews.ts';
import type { Experiment } from '../contract/tracking.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { table } from './output.ts';

/** @throws CallFailure `not-found` */
export async function findExperiment(client: CompanionClient, named: string): Promise<Experiment> {
  const { experiments } = await client.call('listExperiments', {});
  const found = experiments.find(({ name }) => name === named) ?? experiments.find(({ experimentId }) => experimentId === named);
  if (found === undefined) {
    throw new CallFailure('not-found', `There is no experiment ${named}.`, { field: 'experiment', remedy: '"slipway experiments" lists them; a name or an id will do.' });
  }
  return found;
}

/** @throws CallFailure `not-found` */
export function findView({ name: experiment, tags }: Experiment, name: string): SavedView {
  const view = viewsOf(tags).get(name);
  if (view === undefined) {
    throw new CallFailure('not-found', `The experiment ${experiment} has no view ${name}.`, { field: 'view', remedy: `"slipway view list ${experiment}" lists them.` });
  }
  return view;
}

function rowOf([name, view]: readonly [string, SavedView]): string[] {
  const order = view.orders.map(({ field, descending }) => `${field.replace(/^\w+:/, '')} ${descending ? 'down' : 'up'}`).join(', ');
  return [name, view.filter, order, view.groups.map((id) => id.replace(/^\w+:/, '')).join(', '), view.tab];
}

export const viewCommands: CommandGroup = (program, run) => {
  const view = program
    .command('view')
    .description('ways to look at the runs of an experiment that Compare keeps with it: filter, columns, order, groups, charts')
    .addHelpText('after', examples('view list churn', 'view rename churn "best of May" "best of spring"', 'view delete churn "best of spring"', 'runs --experiment churn --view "best of May"'));
  const argument = '<experiment>';

  view
    .command('list')
    .description('the saved views of an experiment')
    .argument(argument, 'name or id')
    .addHelpText('after', examples('view list churn'))
    .action(
      run(async (output, named: string) => {
        const views = [...viewsOf((await findExperiment(await connect(), named)).tags)];
        output.result({ views: Object.fromEntries(views) }, () => table(['view', 'filter', 'order', 'groups', 'tab'], views.map(rowOf), 'No saved views; Compare keeps one under Views.'));
      }),
    );

  view
    .command('rename')
    .description('give a saved view another name')
    .argument(argument, 'name or id')
    .argument('<view>')
    .argument('<name>')
    .addHelpText('after', examples('view rename churn "best of May" "best of spring"'))
    .action(
      run(async (output, named: string, name: string, newName: string) => {
        const client = await connect();
        const { experimentId } = await findExperiment(client, named);
        output.result(await client.call('renameView', { experimentId, name, newName }), () => `${name} is called ${colors.bold(newName.trim())} now.`);
      }),
    );

  view
    .command('delete')
    .description('delete a saved view; no run is touched')
    .argument(argument, 'name or id')
    .argument('<view>')
    .addHelpText('after', examples('view delete churn "best of spring"'))
    .action(
      run(async (output, named: string, name: string) => {
        const client = await connect();
        const { experimentId } = await findExperiment(client, named);
        output.result(await client.call('deleteView', { experimentId, name }), () => `Deleted ${name}.`);
      }),
    );
};
