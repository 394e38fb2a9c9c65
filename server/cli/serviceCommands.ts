import { mkdirSync } from 'node:fs';
import colors from 'picocolors';
import { installService, serviceState, uninstallService, type ServiceOptions } from '../client/service/service.ts';
import { readCompanionLock } from '../client/discover.ts';
import { usualPort } from '../companion/listen.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { describeHome } from '../platform/home.ts';
import { entry } from '../platform/resources.ts';
import { examples, type CommandGroup } from './command.ts';
import { exitCodes } from './exitCodes.ts';
import { facts } from './output.ts';
import { makeRoom } from './stopCompanion.ts';
import { describeSurvival } from './survival.ts';

/** The service of the data home, on the port that its companion has or had last. */
export async function serviceOptions(): Promise<ServiceOptions> {
  const home = dataHomePath();
  return { home, entry: entry('main.ts', 'companion.mjs'), port: (await readCompanionLock(home))?.port ?? usualPort(describeHome(home)) };
}

const installedAs = { yes: 'installed', outdated: 'installed for another place or version of Slipway: "slipway service install" renews it', no: 'not installed' } as const;

export const serviceCommands: CommandGroup = (program, run) => {
  const service = program
    .command('service')
    .description('let the system start the companion, so that endpoints come back after a restart of the machine')
    .addHelpText('after', examples('service install', 'service status', 'service uninstall'));

  service
    .command('install')
    .description('let systemd, launchd or the Task Scheduler keep the companion; endpoints go on serving meanwhile')
    .addHelpText('after', examples('service install'))
    .action(
      run(async (output) => {
        const options = await serviceOptions();
        mkdirSync(options.home, { recursive: true, mode: 0o700 });
        // The port is to be free for whoever holds it from now on.
        await makeRoom('slipway service install');
        const refused = await installService(options);
        const state = await serviceState(options);
        output.result({ ...state, port: options.port, refused }, () => [`${state.manager} keeps the companion of ${options.home}.`, describeSurvival(state), ...refused.map((text) => colors.yellow(text))].join('\n'));
        return exitCodes.success;
      }),
    );

  service
    .command('uninstall')
    .description('take the companion from the system; endpoints go on serving')
    .addHelpText('after', examples('service uninstall'))
    .action(
      run(async (output) => {
        const options = await serviceOptions();
        const { installed, manager } = await serviceState(options);
        if (installed !== 'no') {
          await uninstallService(options);
        }
        output.result({ uninstalled: installed !== 'no' }, () =>
          installed === 'no' ? 'There is no service to take away.' : `${manager} keeps the companion no longer. "slipway serve" starts one. Lingering, where it is on, is left on for other services.`,
        );
        return exitCodes.success;
      }),
    );

  service
    .command('status')
    .description('whether the system keeps the companion, and whether endpoints would come back after a restart')
    .addHelpText('after', examples('service status', 'service status --json'))
    .action(
      run(async (output) => {
        const state = await serviceState(await serviceOptions());
        output.result(state, () => [facts([['service', `${installedAs[state.installed]} (${state.manager})`]]), describeSurvival(state)].join('\n'));
        return exitCodes.success;
      }),
    );
};
