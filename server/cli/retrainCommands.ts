import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { describeValue } from '../contract/format/policies.ts';
import { plural } from '../contract/format/plural.ts';
import { formatTime } from '../contract/format/times.ts';
import { candidateAlias, goesOn, type Recipe, type RetrainedModel, type Retraining, type RetrainingPlan, type RetrainingState } from '../contract/retraining.ts';
import { lookUp } from '../contract/unknown.ts';
import { poll } from '../platform/time/poll.ts';
import { cancelOnInterrupt } from './cancelOnInterrupt.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { facts, short, table, type Output } from './output.ts';

const pollMilliseconds = 300;

const exitCodeOfState: Readonly<Record<RetrainingState, number>> = {
  waiting: exitCodes.success,
  running: exitCodes.success,
  succeeded: exitCodes.success,
  failed: exitCodes.failed,
  cancelled: exitCodes.cancelled,
};

/** Tells what a retraining does until it ends; Ctrl-C cancels it. */
function follow(client: CompanionClient, { id }: Retraining, output: Output): Promise<Retraining> {
  let told = 0;
  return cancelOnInterrupt(output, {
    follow: () =>
      poll(
        async () => {
          const current = await client.call('getRetraining', { id });
          current.lines.slice(told).forEach((line) => output.progress(line));
          told = current.lines.length;
          return goesOn(current) ? undefined : current;
        },
        { every: pollMilliseconds },
      ),
    cancel: () => client.call('cancelRetraining', { id }),
    said: 'Cancelling; what was executed stays recorded.',
  });
}

function describeState({ state, message }: Retraining): string {
  const colour = state === 'succeeded' ? colors.green : state === 'failed' ? colors.red : state === 'cancelled' ? colors.yellow : colors.cyan;
  return `${colour(state)}  ${message}`;
}

function describeRetraining(one: Retraining): string {
  const { id, model, version, captureRunId, modelId, cause, promotion } = one;
  return [
    facts([
      ['retraining', `${id}  ${describeState(one)}`],
      ...(cause === undefined ? [] : [['because', cause] as const]),
      ...(captureRunId === undefined ? [] : [['captured', short(captureRunId)] as const]),
      ...(modelId === undefined ? [] : [['model', modelId] as const]),
      ...(version === undefined ? [] : [['version', `${model}:${version} @${candidateAlias}`] as const]),
    ]),
    ...(version === undefined ? [] : promotion !== undefined ? [colors.dim(`Next: slipway promotion show ${promotion}`)] : [colors.dim(`Nothing serves it yet. Next: slipway gates ${model}:${version}`)]),
  ].join('\n');
}

function recipeFacts({ notebook, parameters, python, kernel, schedule, timeZone, coolDownMinutes, deadlineMinutes, triggers, auto }: Recipe): [string, string][] {
  return [
    ['notebook', notebook],
    ...Object.entries(parameters).map(([name, value]): [string, string] => ['parameter', `${name} = ${describeValue(value)}`]),
    ['python', `${python}${kernel === undefined ? '' : `, kernel ${kernel}`}`],
    ...(schedule === undefined ? [] : [['schedule', `${schedule}${timeZone === undefined ? '' : ` (${timeZone})`}`] as [string, string]]),
    ...(triggers.drift || triggers.performance || triggers.data.length > 0
      ? [['begins by', [...(triggers.drift ? ['drift'] : []), ...(triggers.performance ? ['performance below the bound of its alert rule'] : []), ...triggers.data.map((file) => `new content of ${file}`)].join(', ')] as [string, string]]
      : []),
    ...(auto ? [['then', 'its candidate is promoted: gates, approvals, rollout'] as [string, string]] : []),
    ['bounds', `at most ${plural(deadlineMinutes, 'minute')}, ${coolDownMinutes === 0 ? 'no cool-down' : `none for ${plural(coolDownMinutes, 'minute')} after a candidate`}`],
  ];
}

function describePlan({ model, recipe, source, cells, hasParametersCell, candidate, due, refused }: RetrainingPlan): string {
  return [
    facts([
      ['recipe', source],
      ...recipeFacts(recipe),
      ['runs', `${plural(cells, 'cell')} in a kernel of its own${Object.keys(recipe.parameters).length > 0 && !hasParametersCell ? '; no cell has the tag "parameters": they are set before the first cell' : ''}`],
      ['makes', `the next version of ${model}, with the alias ${candidateAlias}${candidate === undefined ? '' : `, which version ${candidate} gives up`}; nothing serves it`],
      ...(due === undefined ? [] : [['now due', `${due.trigger}: ${due.cause}`] as [string, string]]),
    ]),
    refused === undefined ? colors.dim('Nothing was run.') : `${colors.red('It would be refused')}: ${refused}`,
  ].join('\n');
}

function describeModel({ model, recipe, source, nextAt, retrainings }: RetrainedModel): string {
  return [
    colors.bold(model),
    recipe === undefined ? 'No policy says how it is retrained any more.' : facts([['recipe', source ?? ''], ...recipeFacts(recipe), ...(nextAt === undefined ? [] : [['next', formatTime(nextAt)] as const])]),
    table(
      ['id', 'asked', 'by', 'state', 'what', 'version'],
      retrainings.map(({ id, requestedAt, requestedBy, trigger, state, message, version }) => [String(id), formatTime(requestedAt), trigger === 'manual' ? requestedBy : trigger, state, message, version === undefined ? '' : String(version)]),
      'It was not retrained yet.',
    ),
  ].join('\n');
}

export const retrainCommands: CommandGroup = (program, run) => {
  program
    .command('retrain')
    .description("run a model's notebook as its policy says, and register the model that it logs as a candidate")
    .argument('<model>')
    .option('--dry-run', 'say what would be run, and run nothing')
    .option('--detach', 'return at once; "slipway retraining" shows how far it is')
    .option('--cancel', 'end the one that goes on; what was executed stays recorded')
    .addHelpText('after', examples('retrain churn', 'retrain churn --dry-run', 'retrain churn --cancel'))
    .action(
      run(async (output, model: string, { dryRun, detach, cancel }: { readonly dryRun?: boolean; readonly detach?: boolean; readonly cancel?: boolean }) => {
        const client = await connect();
        if (dryRun === true) {
          const plan = await client.call('planRetraining', { model });
          output.result(plan, () => describePlan(plan));
          return plan.refused === undefined ? exitCodes.success : exitCodes.refused;
        }
        if (cancel === true) {
          const { models } = await client.call('listRetraining', { model });
          const open = models.flatMap(({ retrainings }) => retrainings).find(goesOn);
          if (open === undefined) {
            throw new CallFailure('conflict', `${model} is not being retrained.`);
          }
          const cancelled = await client.call('cancelRetraining', { id: open.id });
          output.result(cancelled, () => `Retraining ${cancelled.id} is cancelled.`);
          return exitCodes.success;
        }
        const started = await client.call('startRetraining', { model });
        const current = detach === true ? started : await follow(client, started, output);
        output.result(current, () => describeRetraining(current));
        return lookUp(exitCodeOfState, current.state) ?? exitCodes.failed;
      }),
    );
  program
    .command('retraining')
    .description('how models are retrained, when next, and what came of the last times')
    .argument('[model]')
    .addHelpText('after', examples('retraining', 'retraining churn'))
    .action(
      run(async (output, model?: string) => {
        const { models } = await (await connect()).call('listRetraining', model === undefined ? {} : { model });
        output.result({ models }, () => (models.length === 0 ? colors.dim('No policy says how a model is retrained: write "retraining: {notebook: FILE.ipynb}" below its name in slipway.yaml.') : models.map(describeModel).join('\n\n')));
      }),
    );
};
