import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import { settingFromText, settingNames, settingOf, type Settings } from '../contract/settings.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect, connectToRunning } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { facts } from './output.ts';
import { formatBytes } from '../contract/format/bytes.ts';
import { formatAge, formatDuration } from '../contract/format/durations.ts';
import { describeTracking } from './trackingServerCommands.ts';
import { describeStop, stopCompanion } from './stopCompanion.ts';
import { port, splitOnce } from './words.ts';

export const companionCommands: CommandGroup = (program, run) => {
  program
    .command('serve')
    .description('start the companion if none is running')
    .option('--port <port>', 'port to listen on, 0 for any (default: the last one, or 5077)', port)
    .addHelpText('after', examples('serve', 'serve --port 5077'))
    .action(
      run(async (output, options: { port?: number }) => {
        const client = await connect(options.port === undefined ? {} : { port: options.port });
        const { pid, port, version } = client.lock;
        const { notices } = await client.call('getStatus', {});
        output.result({ pid, port, version, notices }, () => [`Companion ${version} listens on ${client.baseUrl} (process ${pid}).`, ...notices.map((notice) => colors.yellow(notice))].join('\n'));
      }),
    );

  program
    .command('stop')
    .description('end the companion, within 20 s or by force; endpoints go on serving')
    .option('--endpoints', 'stop the endpoints and the gateway too, within 80 s')
    .addHelpText('after', examples('stop', 'stop --endpoints'))
    .action(
      run(async (output, options: { endpoints?: boolean }) => {
        const result = await stopCompanion({ reason: 'slipway stop', endpoints: options.endpoints === true });
        output.result({ ...result, stopped: result.how === 'ended' || result.how === 'killed' }, () => describeStop(result));
        return result.how === 'remains' ? exitCodes.failed : exitCodes.success;
      }),
    );

  program
    .command('status')
    .description('what the companion is doing')
    .option('--env', 'print the variables that connect MLflow clients, as shell exports')
    .addHelpText('after', examples('status', 'status --json', 'status --env > .env', 'eval "$(slipway status --env)" && python train.py').replace('$ slipway eval', '$ eval'))
    .action(
      run(async (output, options: { env?: boolean }) => {
        const client = await connectToRunning();
        if (options.env === true) {
          const { environment } = await client.call('getNotebookConnection', {});
          output.result(environment, () => Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`).join('\n'));
          return;
        }
        const [status, { targets }, tracking] = await Promise.all([client.call('getStatus', {}), client.call('listTargets', {}), client.call('getTrackingServer', {})]);
        output.result({ ...status, targets, tracking }, () =>
          [
            facts([
              ['companion', `${status.version}, process ${status.pid}, ${client.baseUrl}`],
              ['data home', status.home],
              ['tracking', describeTracking(tracking)],
              ['started', formatAge(status.startedAt)],
              ['memory', formatBytes(status.memoryBytes)],
              ['clients', status.clients.length === 0 ? 'none' : status.clients.map(({ label }) => label).join(', ')],
              ['endpoints', String(status.endpoints)],
              ...(status.idleUntil === undefined ? [] : [['idle', `ends by itself in ${formatDuration(Math.max(0, status.idleUntil - Date.now()))}`] as const]),
              ...targets.map(({ kind, available, detail }) => [kind, available ? detail : colors.yellow(detail)] as const),
            ]),
            ...[...status.notices, ...tracking.waiting].map((notice) => colors.yellow(notice)),
          ].join('\n'),
        );
      }),
    );

  program
    .command('config')
    .description("show or change the companion's settings")
    .argument('[settings...]', 'NAME to show, NAME=VALUE to change')
    .addHelpText('after', () => `\nSettings:\n${describeSettings()}\n${examples('config', 'config baseImage', 'config baseImage=python:{python}-slim defaultTarget=docker')}`)
    .action(
      run(async (output, words: string[]) => {
        const asked = words.map((word) => {
          const [name, text] = splitOnce(word, '=');
          return { name: requireSetting(name), text: word.includes('=') ? text : undefined };
        });
        const client = await connect();
        const changes = Object.fromEntries(asked.flatMap(({ name, text }) => (text === undefined ? [] : [[name, valueOf(name, text)]])));
        const inForce = Object.keys(changes).length === 0 ? await client.call('getSettings', {}) : await client.call('changeSettings', changes);
        const shown = Object.entries(inForce).filter(([name]) => asked.length === 0 || asked.some((each) => each.name === name));
        output.result(Object.fromEntries(shown), () => facts(shown.map(([name, value]) => [name, value === '' ? '-' : String(value)])));
      }),
    );
};

/** Each setting with the first sentence of what it is for. */
function describeSettings(): string {
  const width = Math.max(...settingNames.map((name) => name.length));
  return settingNames
    .map((name) => {
      const [first = ''] = settingOf(name).description.split(/(?<=\.) /);
      return `  ${name.padEnd(width)}  ${first.replaceAll('**', '')}`;
    })
    .join('\n');
}

/** @throws CallFailure `invalid-input` for what is no setting */
function requireSetting(name: string): keyof Settings {
  const known = settingNames.find((each) => each === name);
  if (known === undefined) {
    throw new CallFailure('invalid-input', `There is no setting ${name}.`, { field: name, remedy: `The settings are ${settingNames.join(', ')}.` });
  }
  return known;
}

/** @throws CallFailure `invalid-input` for a text that is not of the setting's type */
function valueOf(name: keyof Settings, text: string): unknown {
  const value = settingFromText(name, text);
  if (value === undefined) {
    const fallback = settingOf(name).default;
    const wanted = typeof fallback === 'number' ? 'a number' : 'true or false';
    throw new CallFailure('invalid-input', `${name}: must be ${wanted}, not "${text}".`, { field: name, remedy: `For example: slipway config ${name}=${String(fallback)}` });
  }
  return value;
}

/** As a POSIX shell reads it. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}
