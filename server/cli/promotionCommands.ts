import type { Command } from 'commander';
import { differenceText } from '../contract/differenceText.ts';
import { formatAge } from '../contract/format/durations.ts';
import { approvalCommands } from './approvalCommands.ts';
import { examples, type ActionRunner, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { addAllowOptions, endpointNameOf, liveSettings, parseModelReference, servingOf, type AllowOptions } from './deployCommands.ts';
import { describePromotion, finishPromotion, stateText } from './finishPromotion.ts';
import { short, table } from './output.ts';
import { addServingOptions, readServingOptions } from './servingOptions.ts';
import { count } from './words.ts';

interface RequestOptions extends AllowOptions {
  readonly endpoint?: string;
  readonly reason: string;
  readonly breakGlass?: boolean;
  readonly detach?: boolean;
}

function requestCommand(promotion: Command, run: ActionRunner): void {
  const request = promotion
    .command('request')
    .description('package a version, judge that release by the gates of its policy, and roll it out as soon as its approvals are there')
    .argument('<model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS')
    .requiredOption('--reason <text>', 'why, for those who approve and for the audit log')
    .option('--endpoint <name>', "endpoint (default: the model's production endpoint)")
    .option('--break-glass', 'go on without gates and approvals; it opens an incident')
    .option('--detach', 'return at once; "slipway promotion show ID" shows how it goes');
  addAllowOptions(request);
  addServingOptions(request);
  request
    .addHelpText('after', examples('promotion request churn:7 --reason "trained on May, 2 points better"', 'promotion request churn:6 --break-glass --reason "prices are wrong, the shop loses orders"'))
    .action(
      run(async (output, reference: string, options: RequestOptions) => {
        const client = await connect();
        const { model, version } = parseModelReference(reference);
        const { endpoints } = await client.call('listEndpoints', {});
        const endpoint = options.endpoint ?? (endpoints.some((each) => each.model === model) ? undefined : endpointNameOf(model));
        // Without options the companion serves it as the live release is served.
        const given = Object.keys(request.opts()).some((name) => !['endpoint', 'reason', 'breakGlass', 'detach'].includes(name));
        const kept = given && endpoint !== undefined && endpoints.some(({ name }) => name === endpoint) ? await liveSettings(client, endpoint) : {};
        const asked = await client.call('requestPromotion', {
          model,
          version,
          reason: options.reason,
          breakGlass: options.breakGlass === true,
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(given ? { serving: servingOf(options, readServingOptions(request, kept)) } : {}),
        });
        return finishPromotion(client, asked, output, options.detach === true);
      }),
    );
}

export const promotionCommands: CommandGroup = (program, run) => {
  const promotion = program
    .command('promotion')
    .description('bring a version to production: gates, then approvals, then the rollout of its policy')
    .addHelpText('after', examples('promotion request churn:7 --reason "trained on May, 2 points better"', 'promotion list', 'promotion show 3', 'promotion approve 3 --reason "figures checked"'));
  requestCommand(promotion, run);

  promotion
    .command('list')
    .description('promotions, the newest first')
    .argument('[model]')
    .addHelpText('after', examples('promotion list', 'promotion list churn'))
    .action(
      run(async (output, model: string | undefined) => {
        const client = await connect();
        const { promotions } = await client.call('listPromotions', model === undefined ? {} : { model });
        output.result({ promotions }, () =>
          table(['id', 'version', 'endpoint', 'state', 'asked by', 'when', 'why'], promotions.map((one) => [String(one.id), `${one.model}:${one.version}`, one.endpoint, stateText(one), one.requestedBy, formatAge(one.requestedAt), one.reason]), 'No promotions. "slipway promotion request" asks for one.'),
        );
      }),
    );

  promotion
    .command('show')
    .description('who asks for a promotion and why, what its gates say, and what differs from the live release')
    .argument('<id>', '', count)
    .addHelpText('after', examples('promotion show 3'))
    .action(
      run(async (output, id: number) => {
        const client = await connect();
        const found = await client.call('getPromotion', { id });
        const { release, liveRelease } = found;
        const differences = release === undefined || liveRelease === undefined ? undefined : (await client.call('compareReleases', { from: liveRelease, to: release })).differences;
        output.result({ ...found, ...(differences === undefined ? {} : { differences }) }, () =>
          [
            describePromotion(found),
            ...(differences === undefined ? [] : ['', `Beside what was live (release ${short(liveRelease ?? '')}):`, ...(differences.length === 0 ? ['  nothing differs'] : differences.map((one) => `  ${differenceText(one)}`))]),
          ].join('\n'),
        );
      }),
    );

  approvalCommands(promotion, run);

  promotion
    .command('reject')
    .description('say no to a promotion, or withdraw it')
    .argument('<id>', '', count)
    .requiredOption('--reason <text>', 'why, for the audit log')
    .addHelpText('after', examples('promotion reject 3 --reason "the weakest slice is too weak"'))
    .action(
      run(async (output, id: number, { reason }: { readonly reason: string }) => {
        const client = await connect();
        const rejected = await client.call('rejectPromotion', { id, reason });
        output.result(rejected, () => describePromotion(rejected));
      }),
    );
};
