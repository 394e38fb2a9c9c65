import { readFileSync } from 'node:fs';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { Endpoint, EndpointState } from '../contract/deployments.ts';
import type { ColumnSummary, Monitoring } from '../contract/monitoring.ts';
import { lookUp } from '../contract/unknown.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { facts, formatTime, short, table } from './output.ts';
import { shortDigests } from '../contract/format/digests.ts';
import { formatAge, formatLatency } from '../contract/format/durations.ts';
import { predict } from './predict.ts';
import { count, positive } from './words.ts';

const stateColour: Readonly<Record<EndpointState, (text: string) => string>> = {
  live: colors.green,
  'rolling-out': colors.cyan,
  degraded: colors.yellow,
  failed: colors.red,
  stopped: colors.dim,
  empty: colors.dim,
};

function traffic(endpoint: Endpoint): string {
  return endpoint.route.weights.map(({ release, weight }) => `${short(release)} ${weight}%`).join(', ') || '-';
}

function describeEndpoint(endpoint: Endpoint): string {
  return [
    facts([
      ['endpoint', `${colors.bold(endpoint.name)}  ${(lookUp(stateColour, endpoint.state) ?? String)(endpoint.state)}  ${endpoint.message}`],
      ['url', `${endpoint.url}/invocations`],
      ['model', `${endpoint.model}${endpoint.liveVersion === undefined ? '' : ` version ${endpoint.liveVersion}`}`],
      ['traffic', traffic(endpoint)],
      ['replicas', endpoint.replicas.map(({ release, state, target, addresses }) => `${short(release)} ${state} (${[target, ...addresses].join(' ')})`).join(', ') || '-'],
    ]),
    '',
    releaseTable(endpoint),
  ].join('\n');
}

function releaseTable(endpoint: Endpoint): string {
  return table(
    ['release', '>version', 'from', 'readiness'],
    endpoint.history.map(({ release, modelVersion, liveFrom, readiness, reason }) => [
      short(release),
      String(modelVersion),
      formatAge(liveFrom),
      reason === undefined ? readiness : `${readiness}: ${reason}`,
    ]),
    'No releases yet.',
  );
}

function summary(column: ColumnSummary | null): string {
  if (column === null) {
    return '-';
  }
  if (column.kind === 'unknown') {
    return column.name;
  }
  if (column.kind === 'numeric') {
    return column.mean === null ? 'no values' : `${Number(column.mean.toPrecision(4))} ± ${Number((column.std ?? 0).toPrecision(3))}`;
  }
  return column.top.slice(0, 3).map(({ value, count }) => `${value} ${Math.round((100 * count) / Math.max(1, column.count))}%`).join(', ') || 'no values';
}

function missing(column: ColumnSummary | null): string {
  return column === null || column.kind === 'unknown' ? '-' : String(column.missing + column.invalid);
}

/** Figures of an endpoint, for people. */
export function describeMonitoring(monitoring: Monitoring): string {
  const { total } = monitoring;
  const { latency } = total;
  return [
    facts([
      ['span', `${formatTime(monitoring.from)} to ${formatTime(monitoring.to)}`],
      ['requests', `${total.requests}, ${total.rows} rows`],
      ...(total.unreadBodies === 0 ? [] : [['not in features', `${total.unreadBodies} requests: bodies over 1 MiB or of an unknown form`] as const]),
      ['errors', `${total.serverErrors} of the server, ${total.clientErrors} of clients`],
      ['latency', latency === null ? '-' : `p50 ${formatLatency(latency.p50)}, p90 ${formatLatency(latency.p90)}, p99 ${formatLatency(latency.p99)}`],
      ['prediction', summary(monitoring.predictions.live)],
    ]),
    '',
    table(
      ['feature', 'type', 'live', 'training', '>missing or invalid'],
      monitoring.features.map(({ name, type, live, baseline }) => [name, type, summary(live), summary(baseline), missing(live)]),
      'No features seen yet.',
    ),
  ].join('\n');
}

function readBody(data: string): string {
  if (data !== '-' && !data.startsWith('@')) {
    return data;
  }
  try {
    return readFileSync(data === '-' ? 0 : data.slice(1), 'utf8');
  } catch (cause) {
    throw new CallFailure('invalid-input', `${data === '-' ? 'Standard input' : data.slice(1)} cannot be read.`, { field: 'data', remedy: 'Name a file with the body behind @.', cause });
  }
}

const watchMilliseconds = 2000;

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
        output.result({ endpoints }, () =>
          table(
            ['endpoint', 'state', 'model', 'traffic', 'url'],
            endpoints.map((endpoint) => [
              endpoint.name,
              (lookUp(stateColour, endpoint.state) ?? String)(endpoint.state),
              `${endpoint.model}${endpoint.liveVersion === undefined ? '' : `:${endpoint.liveVersion}`}`,
              traffic(endpoint),
              endpoint.url,
            ]),
            'No endpoints. "slipway deploy MODEL" makes one.',
          ),
        );
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
    .addHelpText('after', examples('delete-endpoint churn'))
    .action(
      run(async (output, name: string) => {
        await (await connect()).call('deleteEndpoint', { name });
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

  program
    .command('predict')
    .description('send a request to an endpoint')
    .argument('<endpoint>')
    .requiredOption('-d, --data <json>', 'body for /invocations; @FILE reads a file, - standard input')
    .addHelpText('after', examples(`predict churn -d '{"dataframe_records": [{"age": 42, "contract": "monthly"}]}'`, 'predict churn -d @request.json', 'predict churn -d - < request.json'))
    .action(
      run(async (output, name: string, options: { data: string }) => {
        const client = await connect();
        const endpoint = await client.call('getEndpoint', { name });
        const answer = await predict(endpoint, readBody(options.data));
        output.result(answer, () => `${JSON.stringify(answer.body)}\n${colors.dim(`${answer.status}, release ${short(answer.release)}, ${formatLatency(answer.milliseconds)}`)}`);
        return answer.status < 400 ? exitCodes.success : exitCodes.failed;
      }),
    );

  program
    .command('monitor')
    .description('latency, errors and input statistics of an endpoint')
    .argument('<endpoint>')
    .option('--minutes <count>', 'span up to now', positive, 60)
    .option('-w, --watch', 'again every two seconds')
    .addHelpText('after', examples('monitor churn', 'monitor churn --minutes 5 --watch', 'monitor churn --json'))
    .action(
      run(async (output, name: string, options: { minutes: number; watch?: boolean }) => {
        const client = await connect();
        for (;;) {
          const monitoring = await client.call('getMonitoring', { name, from: Date.now() - Math.round(options.minutes * 60_000) });
          if (options.watch === true && !output.json) {
            process.stdout.write('\u001b[2J\u001b[H');
          }
          output.result(monitoring, () => describeMonitoring(monitoring));
          if (options.watch !== true) {
            return;
          }
          await new Promise((resolve) => setTimeout(resolve, watchMilliseconds));
        }
      }),
    );

  program
    .command('logs')
    .description('what the replicas and environment builds of an endpoint wrote')
    .argument('<endpoint>')
    .option('-n, --lines <count>', 'lines of each', count, 50)
    .addHelpText('after', examples('logs churn', 'logs churn --lines 200'))
    .action(
      run(async (output, name: string, options: { lines: number }) => {
        const client = await connect();
        const { logs } = await client.call('readLogs', { name, lines: options.lines });
        output.result({ logs }, () => logs.map(({ source, lines }) => `${colors.bold(source)}\n${lines.join('\n')}`).join('\n\n') || colors.dim('Nothing was written.'));
      }),
    );
};
