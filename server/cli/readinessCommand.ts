import colors from 'picocolors';
import type { ModelReadiness } from '../contract/readiness.ts';
import { lookUp } from '../contract/unknown.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { table } from './output.ts';

const words = { has: colors.green('has'), lacks: colors.yellow('lacks'), 'not-yet': colors.dim('not yet') };

function describeReadiness({ model, version, items }: ModelReadiness): string {
  const has = items.filter(({ state }) => state === 'has').length;
  const head = `${colors.bold(`${model} version ${version}`)} has ${has} of ${items.length}`;
  return [head, table(['', '', 'because', 'add it by'], items.map(({ label, state, detail, command }) => [label, lookUp(words, state) ?? state, detail, command ?? '']), '')].join('\n');
}

export const readinessCommand: CommandGroup = (program, run) => {
  program
    .command('readiness')
    .description('what a model has of what production takes, what is missing, and the one command that adds it')
    .argument('[model]', 'all models unless given')
    .addHelpText('after', examples('readiness', 'readiness churn'))
    .action(
      run(async (output, model: string | undefined) => {
        const client = await connect();
        const found = await client.call('listReadiness', model === undefined ? {} : { model });
        output.result(found, () => found.models.map(describeReadiness).join('\n\n') || colors.dim('No registered models. "slipway register" makes one.'));
      }),
    );
};
