import { rotateToken } from '../companion/rotateToken.ts';
import { localCaller } from '../platform/caller.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { describeHome } from '../platform/home.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';
import { makeRoom } from './stopCompanion.ts';

export const tokenCommands: CommandGroup = (program, run) => {
  program
    .command('token')
    .description('where the access token of the companion lies; --rotate makes another')
    .option('--rotate', 'make another token: who has the old one is locked out')
    .addHelpText('after', examples('token', 'token --rotate'))
    .action(
      run(async (output, options: { rotate?: boolean }) => {
        const home = dataHomePath();
        const { tokenFile } = describeHome(home);
        if (options.rotate !== true) {
          output.result({ file: tokenFile }, () => `The token lies in ${tokenFile}. "slipway status --env" prints what MLflow clients need.`);
          return exitCodes.success;
        }
        const stopped = await makeRoom('slipway token --rotate');
        rotateToken(home, localCaller('command line'));
        if (stopped) {
          await connect();
        }
        output.result({ rotated: true, file: tokenFile }, () =>
          ['There is another token.', 'Kernels and programs that were connected by the old one are locked out: connect notebooks again, and run "slipway status --env" for scripts.', 'The token that Prometheus scrapes with is another one, too: where it was copied, copy it again.'].join('\n'),
        );
        return exitCodes.success;
      }),
    );
};
