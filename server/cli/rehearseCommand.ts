import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { parseModelReference } from './deployCommands.ts';
import { describeReport } from './agreementReport.ts';
import { describeRollout, exitCodeOfRollout, followRollout } from './rolloutProgress.ts';
import { count, share } from './words.ts';

export const rehearseCommand: CommandGroup = (program, run) => {
  program
    .command('rehearse')
    .description('send recorded requests of an endpoint to a model version, outside of the traffic, and show where the answers differ')
    .argument('<endpoint>')
    .requiredOption('--model <model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS')
    .option('--requests <count>', 'recorded requests to send at most (default: 500)', count)
    .option('--minimum-agreement <share>', 'share of the rows that have to be answered alike, else the command fails', share)
    .addHelpText('after', examples('rehearse churn --model churn@challenger', 'rehearse churn --model churn:7 --requests 2000 --minimum-agreement 0.98'))
    .action(
      run(async (output, name: string, options: { model: string; requests?: number; minimumAgreement?: number }) => {
        const client = await connect();
        const started = await client.call('deploy', {
          name,
          ...parseModelReference(options.model),
          strategy: {
            kind: 'rehearsal',
            ...(options.requests === undefined ? {} : { rehearse: options.requests }),
            ...(options.minimumAgreement === undefined ? {} : { checks: { minimumAgreement: options.minimumAgreement } }),
          },
        });
        const rollout = await followRollout(client, started, output);
        output.result({ rollout }, () => [describeRollout(rollout), ...(rollout.rehearsal === undefined ? [] : ['', ...describeReport(rollout.rehearsal)])].join('\n'));
        return exitCodeOfRollout(client, rollout);
      }),
    );
};
