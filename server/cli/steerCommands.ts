import { CallFailure } from '../client/callFailure.ts';
import { isUnderWay } from '../contract/deployments.ts';
import { isInconclusive, nextDecision } from '../contract/nextDecision.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { describeRollout, exitCodeOfRollout, followRollout } from './rolloutProgress.ts';

/** What is said to a rollout that is under way. */
export const steerCommands: CommandGroup = (program, run) => {
  program
    .command('promote')
    .description('let a held rollout go on, or give a canary all the traffic')
    .argument('<endpoint>')
    .option('--yes', 'also where its share of the traffic has had too few requests to be judged by')
    .addHelpText('after', examples('promote churn', 'promote churn --yes'))
    .action(
      run(async (output, name: string, { yes = false }: { yes?: boolean }) => {
        const client = await connect();
        const { rollout: running } = await client.call('getEndpoint', { name });
        if (!yes && running !== undefined && isUnderWay(running) && isInconclusive(running)) {
          const next = nextDecision(running, Date.now());
          throw new CallFailure('conflict', `Nothing says yet that version ${running.toVersion} is good: its share has had too few requests to be judged by${next === undefined ? '' : ` (${next})`}.`, {
            remedy: 'Wait for them, or promote it nevertheless with --yes.',
          });
        }
        const rollout = await followRollout(client, await client.call('promote', { name }), output);
        output.result({ rollout }, () => describeRollout(rollout));
        return exitCodeOfRollout(client, rollout);
      }),
    );

  program
    .command('cancel')
    .description('cancel the running rollout; the old release stays')
    .argument('<endpoint>')
    .addHelpText('after', examples('cancel churn'))
    .action(
      run(async (output, name: string) => {
        const client = await connect();
        const rollout = await client.call('cancelRollout', { name });
        output.result({ rollout }, () => describeRollout(rollout));
      }),
    );
};
