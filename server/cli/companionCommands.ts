import colors from 'picocolors';
import { createCompanionClient } from '../client/companionClient.ts';
import { dataHomePath } from '../client/dataHome.ts';
import { discoverCompanion } from '../client/discover.ts';
import type { CommandGroup } from './command.ts';
import { connect, connectToRunning } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { facts, formatAge, formatBytes } from './output.ts';

/** Milliseconds that `stop` waits for the companion to end. */
const stopMilliseconds = 30_000;

export const companionCommands: CommandGroup = (program, run) => {
  program
    .command('serve')
    .description('start the companion if none is running')
    .option('--port <port>', 'port to listen on (default: the last one, or 5077)', Number)
    .action(
      run(async (output, options: { port?: number }) => {
        const client = await connect(options.port === undefined ? {} : { port: options.port });
        const { pid, port, version } = client.lock;
        output.result({ pid, port, version }, () => `Companion ${version} listens on ${client.baseUrl} (process ${pid}).`);
      }),
    );

  program
    .command('stop')
    .description('end the companion; endpoints go on serving')
    .option('--endpoints', 'stop the endpoints and the gateway too')
    .action(
      run(async (output, options: { endpoints?: boolean }) => {
        const home = dataHomePath();
        const lock = await discoverCompanion(home);
        // Stopping endpoints needs a companion to do it.
        const client = lock === undefined ? (options.endpoints === true ? await connect() : undefined) : createCompanionClient(lock);
        if (client === undefined) {
          output.result({ stopped: false }, () => 'No companion is running.');
          return exitCodes.success;
        }
        await client.call('shutDown', { reason: 'slipway stop', stopEndpoints: options.endpoints === true });
        const deadline = Date.now() + stopMilliseconds;
        while ((await discoverCompanion(home)) !== undefined && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const stopped = (await discoverCompanion(home)) === undefined;
        output.result({ stopped }, () => (stopped ? 'Companion stopped.' : `The companion (process ${client.lock.pid}) does not end.`));
        return stopped ? exitCodes.success : exitCodes.failed;
      }),
    );

  program
    .command('status')
    .description('what the companion is doing')
    .option('--env', 'print the tracking URI for MLflow clients, as shell exports')
    .action(
      run(async (output, options: { env?: boolean }) => {
        const client = await connectToRunning();
        if (options.env === true) {
          const { environment } = await client.call('getNotebookConnection', {});
          output.result(environment, () => Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`).join('\n'));
          return;
        }
        const [status, { targets }] = await Promise.all([client.call('getStatus', {}), client.call('listTargets', {})]);
        output.result({ ...status, targets }, () =>
          [
            facts([
              ['companion', `${status.version}, process ${status.pid}, ${client.baseUrl}`],
              ['data home', status.home],
              ['started', formatAge(status.startedAt)],
              ['memory', formatBytes(status.memoryBytes)],
              ['clients', status.clients.length === 0 ? 'none' : status.clients.map(({ label }) => label).join(', ')],
              ['endpoints', String(status.endpoints)],
              ...targets.map(({ kind, available, detail }) => [kind, available ? detail : colors.yellow(detail)] as const),
            ]),
            ...status.notices.map((notice) => colors.yellow(notice)),
          ].join('\n'),
        );
      }),
    );

  program
    .command('config')
    .description('show or change the companion\'s settings')
    .argument('[settings...]', 'NAME=VALUE')
    .addHelpText('after', '\nExamples:\n  $ slipway config\n  $ slipway config baseImage=python:{python}-slim defaultTarget=docker')
    .action(
      run(async (output, pairs: string[]) => {
        const client = await connect();
        const current = await client.call('getSettings', {});
        const changes = Object.fromEntries(
          pairs.map((pair) => {
            const [name, value] = splitOnce(pair, '=');
            return [name, typeof Reflect.get(current, name) === 'number' ? Number(value) : value];
          }),
        );
        const settings = pairs.length === 0 ? current : await client.call('changeSettings', changes);
        output.result(settings, () => facts(Object.entries(settings).map(([name, value]) => [name, value === '' ? '-' : String(value)])));
      }),
    );
};

/** Splits at the first separator; the second part is empty where there is none. */
export function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
