import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { TransferCredentials } from '../contract/transfer.ts';
import type { TrackingServer } from '../contract/trackingServer.ts';
import { wordFor, type Known } from '../contract/unknown.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { exitCodes } from './exitCodes.ts';

/** The login that the environment holds, as MLflow's clients read it. */
export function loginOfEnvironment(environment: NodeJS.ProcessEnv = process.env): TransferCredentials {
  const { MLFLOW_TRACKING_USERNAME: username, MLFLOW_TRACKING_PASSWORD: password, MLFLOW_TRACKING_TOKEN: token } = environment;
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }), ...(token === undefined ? {} : { token }) };
}

const logins: Readonly<Record<Known<TrackingServer['login']>, string>> = { none: 'no login', password: 'user name and password', token: 'token' };

/** Where runs and models are kept, on one line. */
export function describeTracking({ uri, login, version, problem }: TrackingServer): string {
  if (uri === '') {
    return 'this machine';
  }
  return problem === undefined ? `${uri}, ${version === undefined ? '' : `MLflow ${version}, `}${wordFor(logins, login)}` : colors.yellow(`${problem.message} ${problem.remedy ?? ''}`.trim());
}

export const trackingServerCommands: CommandGroup = (program, run) => {
  program
    .command('login')
    .description('log in to the shared tracking server, with what MLFLOW_TRACKING_USERNAME, _PASSWORD or _TOKEN hold, until --forget')
    .option('--forget', 'forget the login instead')
    .addHelpText('after', examples('login', 'login --forget'))
    .action(
      run(async (output, options: { forget?: boolean }) => {
        const client = await connect();
        const { trackingUri: uri } = await client.call('getSettings', {});
        if (uri === '') {
          throw new CallFailure('conflict', 'Runs and models are kept on this machine; there is nothing to log in to.', { remedy: 'Name a server first: slipway config trackingUri=https://mlflow.example.com' });
        }
        const login = options.forget === true ? {} : loginOfEnvironment();
        if (options.forget !== true && login.username === undefined && login.token === undefined) {
          throw new CallFailure('invalid-input', 'The environment holds no login.', { remedy: 'Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.' });
        }
        const server = await client.call('logIn', { uri, ...login, keep: true });
        if (server.problem !== undefined && options.forget !== true) {
          throw new CallFailure(server.problem.reason, server.problem.message, { field: server.problem.field, remedy: server.problem.remedy });
        }
        output.result(server, () => (options.forget === true ? `The login of ${uri} is forgotten.` : `Logged in: ${describeTracking(server)}.`));
        return exitCodes.success;
      }),
    );
};
