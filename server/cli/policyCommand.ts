import colors from 'picocolors';
import path from 'node:path';
import type { AdoptedPolicy, ModelPolicy, PolicyProblem } from '../contract/policy.ts';
import { describeSource, describeValue } from '../contract/format/policies.ts';
import { formatTime } from '../contract/format/times.ts';
import { policyFileName } from '../contract/policyFile.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { table } from './output.ts';

interface PolicyOptions {
  readonly apply?: string | true;
  readonly forget?: string;
}

export const policyCommand: CommandGroup = (program, run) => {
  program
    .command('policy')
    .description(`what a model needs and why, by the files ${policyFileName} that are in force`)
    .argument('[model]')
    .option('--apply [file]', `put in force what a file says by now (default: ./${policyFileName})`)
    .option('--forget <file>', 'lift the policy of a file: its models are experimental again')
    .addHelpText('after', examples('policy', 'policy churn', 'policy --apply', `policy --forget /home/ana/old/${policyFileName}`))
    .action(
      run(async (output, model: string | undefined, { apply, forget }: PolicyOptions) => {
        const client = await connect();
        if (forget !== undefined) {
          const file = path.resolve(forget);
          await client.call('forgetPolicy', { file });
          output.result({ forgotten: file }, () => `The policy of ${file} is lifted.`);
          return exitCodes.success;
        }
        if (apply !== undefined) {
          const file = path.resolve(apply === true ? policyFileName : apply);
          const { policy, problem, changed } = await client.call('adoptPolicy', { file });
          output.result({ policy, problem, changed }, () =>
            problem === undefined
              ? `${file} is in force${changed ? '' : ' already'}: ${policy?.models.map(({ name, tier }) => `${name} (${tier})`).join(', ') ?? ''}`
              : `${colors.red('not applied')} ${place(file, problem)}\n${policy === undefined ? 'No policy of this file is in force.' : `What was applied ${formatTime(policy.adoptedAt)} stays in force.`}`,
          );
          return problem === undefined ? exitCodes.success : exitCodes.failed;
        }
        if (model !== undefined) {
          const policy = await client.call('getPolicy', { model });
          output.result(policy, () => describePolicy(policy));
          return exitCodes.success;
        }
        const { policies } = await client.call('listPolicies', {});
        output.result({ policies }, () =>
          [
            table(['file', 'models', 'applied', 'by', 'now'], policies.map((policy) => [policy.file, policy.models.map(({ name, tier }) => `${name} (${tier})`).join(', '), formatTime(policy.adoptedAt), policy.adoptedBy, stateText(policy)]), `No policy is in force: every model is experimental. Write a ${policyFileName} and run "slipway policy --apply".`),
            ...policies.flatMap(({ file, problem }) => (problem === undefined ? [] : [place(file, problem)])),
          ].join('\n'),
        );
        return exitCodes.success;
      }),
    );
};

function place(file: string, { line, column, message }: PolicyProblem): string {
  return `${file}:${line}:${column} ${message}`;
}

function stateText({ state }: AdoptedPolicy): string {
  switch (state) {
    case 'same':
      return 'as applied';
    case 'changed':
      return 'changed: "slipway policy --apply" puts it in force';
    case 'broken':
      return 'broken: what was applied stays in force';
    case 'gone':
      return 'gone: what was applied stays in force';
    default:
      return state;
  }
}

function describePolicy({ model, tier, tierSource, owners, values, others }: ModelPolicy): string {
  return [
    `${colors.bold(model)} is ${tier}${tierSource === undefined ? ': no policy names it' : ` (${tierSource.file}:${tierSource.line})`}${owners.length === 0 ? '' : `, owned by ${owners.join(', ')}`}`,
    table(['what', 'in force', 'by'], values.map(({ key, value, source }) => [key, describeValue(value), describeSource(source)]), 'Nothing is asked of it: a deploy says itself how it goes.'),
    ...others.flatMap((other) =>
      other.values.length === 0
        ? []
        : ['', `With tier: ${other.tier}`, table(['what', 'then', 'now'], other.values.map(({ key, value, now }) => [key, describeValue(value), now === undefined ? '' : describeValue(now)]), '')],
    ),
  ].join('\n');
}
