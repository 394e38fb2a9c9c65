import colors from 'picocolors';
import { isolationsOf, type Endpoint, type EndpointRelease, type EndpointState, type EndpointSummary } from '../contract/deployments.ts';
import { lookUp } from '../contract/unknown.ts';
import { examples, type CommandGroup } from './command.ts';
import { describeShadowReport } from './agreementReport.ts';
import { connect } from './connection.ts';
import { facts, short, table } from './output.ts';
import { shortDigests } from '../contract/format/digests.ts';
import { formatAge } from '../contract/format/durations.ts';
import { describeLoss } from '../contract/format/losses.ts';
import { describeComparison } from './rolloutProgress.ts';
import { count } from './words.ts';

const stateColour: Readonly<Record<EndpointState, (text: string) => string>> = {
  live: colors.green,
  'rolling-out': colors.cyan,
  degraded: colors.yellow,
  failed: colors.red,
  stopped: colors.dim,
  empty: colors.dim,
};

function traffic(endpoint: EndpointSummary): string {
  const { weights, byHeader, shadow } = endpoint.route;
  return [...weights.map(({ release, weight }) => `${short(release)} ${weight}%`), ...byHeader.map(({ release }) => `${short(release)} by header${release === shadow?.release ? `, shadow of ${shadow.percent}%` : ''}`)].join(', ') || '-';
}

function endpointTable(endpoints: readonly EndpointSummary[]): string {
  return table(
    ['endpoint', 'state', 'model', 'traffic', 'url'],
    endpoints.map((endpoint) => [
      endpoint.name,
      (lookUp(stateColour, endpoint.state) ?? String)(endpoint.state),
      `${endpoint.model}${endpoint.liveVersion === undefined ? '' : `:${endpoint.liveVersion}`}`,
      traffic(endpoint),
      endpoint.url,
    ]),
    'No endpoints. "slipway deploy MODEL" makes one.',
  );
}

/** What the inference logs of endpoints have lost. */
function losses(endpoints: readonly EndpointSummary[]): string[] {
  return endpoints.flatMap(({ name, logLoss }) => (logLoss === undefined ? [] : [colors.yellow(`${name}: ${describeLoss(logLoss)}`)]));
}

function describeEndpoint(endpoint: Endpoint): string {
  const back = endpoint.history.find(({ release }) => release === endpoint.rollbackTo);
  return [
    facts([
      ['endpoint', `${colors.bold(endpoint.name)}  ${(lookUp(stateColour, endpoint.state) ?? String)(endpoint.state)}  ${endpoint.message}`],
      ['url', `${endpoint.url}/invocations`],
      ['model', `${endpoint.model}${endpoint.liveVersion === undefined ? '' : ` version ${endpoint.liveVersion}`}`],
      ['traffic', traffic(endpoint)],
      ...(endpoint.logLoss === undefined ? [] : [['log', colors.yellow(describeLoss(endpoint.logLoss))] as const]),
      ['replicas', endpoint.replicas.map(({ release, state, target, addresses }) => `${short(release)} ${state} (${[target, ...addresses].join(' ')})`).join(', ') || '-'],
      ...(back === undefined ? [] : [['rollback', `goes to version ${back.modelVersion} (${short(back.release)}), ${back.readiness}`] as const]),
      ...(endpoint.rollout === undefined ? [] : describeComparison(endpoint.rollout, Date.now())),
      ...(endpoint.rollout?.shadow === undefined ? [] : describeShadowReport(endpoint.rollout.shadow)),
      ['isolation', isolationsOf(endpoint).join('; ') || '-'],
    ]),
    '',
    releaseTable(endpoint),
  ].join('\n');
}

/** What the model of a release may do that is refused otherwise, and who said so. */
function allowedText({ allowed }: EndpointRelease): string {
  return allowed === undefined ? '' : `${allowed.by.join(', ')}: ${[...allowed.imports, ...allowed.builds.map((name) => `build of ${name}`)].join(', ')}`;
}

function releaseTable(endpoint: Endpoint): string {
  const anyAllowed = endpoint.history.some(({ allowed }) => allowed !== undefined);
  return table(
    ['release', '>version', 'from', 'readiness', ...(anyAllowed ? ['allowed by'] : [])],
    endpoint.history.map((item) => [
      short(item.release),
      String(item.modelVersion),
      formatAge(item.liveFrom),
      item.reason === undefined ? item.readiness : `${item.readiness}: ${item.reason}`,
      ...(anyAllowed ? [allowedText(item)] : []),
    ]),
    'No releases yet.',
  );
}

export const endpointCommands: CommandGroup = (program, run) => {
  program
    .command('endpoints')
    .description('list endpoints, or show one')
    .argument('[endpoint]')
    .addHelpText('after', examples('endpoints', 'endpoints churn', 'endpoints churn --json'))
    .action(
      run(async (output, name?: string) => {
        const client = await connect();
        if (name !== undefined) {
          const endpoint = await client.call('getEndpoint', { name });
          output.result(endpoint, () => describeEndpoint(endpoint));
          return;
        }
        const { endpoints } = await client.call('listEndpoints', {});
        output.result({ endpoints }, () => [endpointTable(endpoints), ...losses(endpoints)].join('\n'));
      }),
    );

  program
    .command('scale')
    .description('run another number of replicas of what is live, without a rollout')
    .argument('<endpoint>')
    .argument('<replicas>', 'how many', count)
    .addHelpText('after', examples('scale churn 3'))
    .action(
      run(async (output, name: string, replicaCount: number) => {
        const client = await connect();
        const endpoint = await client.call('scaleEndpoint', { name, replicaCount });
        output.result(endpoint, () => describeEndpoint(endpoint));
      }),
    );

  for (const verb of ['start', 'stop'] as const) {
    program
      .command(`${verb}-endpoint`)
      .description(verb === 'start' ? 'start a stopped endpoint with its live release' : "stop an endpoint's replicas; its history stays")
      .argument('<endpoint>')
      .addHelpText('after', examples(`${verb}-endpoint churn`))
      .action(
        run(async (output, name: string) => {
          const client = await connect();
          const endpoint = await client.call(verb === 'start' ? 'startEndpoint' : 'stopEndpoint', { name });
          output.result(endpoint, () => describeEndpoint(endpoint));
        }),
      );
  }

  program
    .command('delete-endpoint')
    .description('remove an endpoint with its replicas; releases and the audit log stay')
    .argument('<endpoint>')
    .option('--even-if-busy', 'also when it had requests in the last minute')
    .addHelpText('after', examples('delete-endpoint churn', 'delete-endpoint churn --even-if-busy'))
    .action(
      run(async (output, name: string, { evenIfBusy }: { evenIfBusy?: boolean }) => {
        await (await connect()).call('deleteEndpoint', { name, evenIfBusy: evenIfBusy === true ? 'true' : 'false' });
        output.result({ deleted: name }, () => `Endpoint ${name} is deleted.`);
      }),
    );

  program
    .command('releases')
    .description('releases of an endpoint or of everything; two digests show what differs')
    .argument('[endpoint-or-release]')
    .argument('[release]')
    .addHelpText('after', examples('releases', 'releases churn', 'releases c5cb3f63d3dc 91b1afeefe1c'))
    .action(
      run(async (output, first?: string, second?: string) => {
        const client = await connect();
        if (first !== undefined && second !== undefined) {
          const compared = await client.call('compareReleases', { from: first, to: second });
          output.result(compared, () =>
            table(['part', 'what', short(compared.from.digest), short(compared.to.digest)], compared.differences.map(({ part, key, before, after }) => [part, key, shortDigests(before ?? '-'), shortDigests(after ?? '-')]), 'The releases do not differ.'),
          );
          return;
        }
        if (first !== undefined) {
          const endpoint = await client.call('getEndpoint', { name: first });
          output.result({ releases: endpoint.history }, () => releaseTable(endpoint));
          return;
        }
        const { releases } = await client.call('listReleases', {});
        output.result({ releases }, () =>
          table(
            ['release', 'model', 'environment', '>packages', 'created'],
            releases.map(({ digest, model, environment, createdAt }) => [short(digest), `${model.name}:${model.version}`, short(environment.sha256), String(environment.packages.length), formatAge(createdAt)]),
            'No releases yet.',
          ),
        );
      }),
    );
};
