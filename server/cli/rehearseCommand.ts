import { describeRehearsal, type RehearsalReport } from '../contract/rehearsal.ts';
import { formatDuration } from '../contract/format/durations.ts';
import { formatShare } from '../contract/format/numbers.ts';
import { plural } from '../contract/format/plural.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { parseModelReference } from './deployCommands.ts';
import { table } from './output.ts';
import { describeRollout, exitCodeOfRollout, followRollout } from './rolloutProgress.ts';
import { count, share } from './words.ts';

function times({ p50, p95, p99 }: NonNullable<RehearsalReport['latency']>['fresh']): string {
  return `p50 ${formatDuration(p50)}, p95 ${formatDuration(p95)}, p99 ${formatDuration(p99)}`;
}

/** A rehearsal as lines: agreement, where rows flip, latency, and what was answered instead of what. */
export function describeReport(report: RehearsalReport): string[] {
  const { latency, slices, matrix, failure, right } = report;
  return [
    describeRehearsal(report),
    ...(failure === undefined ? [] : [`first failure: ${failure}`]),
    ...(right === undefined ? [] : [`of ${plural(right.labels, 'row')} with labels the new release is right in ${right.fresh}, the live one in ${right.live}`]),
    ...slices.map(({ conditions, rows, flipped }) => `flips where ${conditions.join(' and ')}: ${flipped} of ${plural(rows, 'row')} (${formatShare(flipped / rows)})`),
    ...(latency === undefined ? [] : [`latency at the replica: ${times(latency.fresh)}; of the live release as recorded at the gateway: ${times(latency.live)}`]),
    ...(matrix.length === 0 ? [] : ['', table(['live', 'new', '>rows'], matrix.map(({ live, fresh, rows }) => [String(live), String(fresh), String(rows)]), '')]),
  ];
}

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
