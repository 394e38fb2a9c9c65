import { ConfigurationTarget, window, workspace } from 'vscode';
import { z } from 'zod';
import type { App, AppCommands } from '../app.ts';
import { CallFailure } from '../../server/client/callFailure.ts';
import { api } from '../../server/contract/api.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withMessage } from '../vscode/progress.ts';
import { askText, chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { createLogins, type Login } from './logins.ts';

const loginTitle = 'Slipway: Log In to Tracking Server';
const chooseTitle = 'Slipway: Choose Tracking Server';
const uriSubject = z.object({ uri: z.string() });

function checkUri(text: string): string | undefined {
  const parsed = api.changeSettings.input.safeParse({ trackingUri: text.trim() });
  return parsed.success ? undefined : `The URL ${parsed.error.issues[0]?.message ?? 'is not valid'}.`;
}

/** Names the server that keeps runs and models, or goes back to this machine. */
async function chooseTrackingServer(app: App, subject: unknown): Promise<void> {
  const { connection } = app;
  const { trackingUri: current } = await connection.call('getSettings', {});
  const given = subjectAs(uriSubject, subject)?.uri;
  const choices: Choice<'here' | 'server'>[] = [
    { label: 'This machine', description: current === '' ? 'in use' : '', detail: 'Runs and models are kept by the companion, in its data home', icon: 'device-desktop', value: 'here' },
    { label: 'A shared MLflow server…', description: current, detail: 'Runs and models are kept there; releases, endpoints and cells stay on this machine', icon: 'server-environment', value: 'server' },
  ];
  const where = given === undefined ? chosen(await pickOne({ title: chooseTitle, placeholder: 'Where are runs and models kept?' }, choices)) : given === '' ? 'here' : 'server';
  if (where === undefined) {
    return;
  }
  const uri =
    where === 'here' ? '' : (given ?? chosen(await askText({ title: chooseTitle, prompt: 'URL of the MLflow server, as in MLFLOW_TRACKING_URI', value: current, placeholder: 'https://mlflow.example.com', check: checkUri }))?.trim());
  if (uri === undefined) {
    return;
  }
  await connection.call('changeSettings', { trackingUri: uri });
  await workspace.getConfiguration('slipway').update('tracking.uri', uri === '' ? undefined : uri, ConfigurationTarget.Global);
  if (uri !== '') {
    const { problem } = await withMessage(`Asking ${uri}`, () => connection.call('getTrackingServer', {}));
    if (problem?.reason === 'forbidden') {
      await logIn(app);
    } else if (problem !== undefined) {
      throw new CallFailure(problem.reason, problem.message, { field: problem.field, remedy: problem.remedy });
    }
  }
}

type Way = 'password' | 'token' | 'forget';

async function askLogin(way: Exclude<Way, 'forget'>): Promise<Login | undefined> {
  if (way === 'token') {
    const token = await window.showInputBox({ title: loginTitle, prompt: 'Token', password: true, ignoreFocusOut: true });
    return token === undefined || token === '' ? undefined : { token };
  }
  const username = chosen(await askText({ title: loginTitle, prompt: 'User name', check: (text) => (text === '' ? 'Type a user name.' : undefined) }));
  if (username === undefined) {
    return undefined;
  }
  const password = await window.showInputBox({ title: loginTitle, prompt: `Password of ${username}`, password: true, ignoreFocusOut: true });
  return password === undefined ? undefined : { username, password };
}

/** Logs in to the tracking server; the login is kept in VS Code's secret storage and given to the companion, which keeps it in memory. */
async function logIn({ connection, context }: App): Promise<void> {
  const { trackingUri: uri } = await connection.call('getSettings', {});
  if (uri === '') {
    void window.showInformationMessage('Runs and models are kept on this machine; there is nothing to log in to.');
    return;
  }
  const logins = createLogins(context.secrets);
  const known = await logins.find(uri);
  const choices: Choice<Way>[] = [
    { label: 'User name and password', icon: 'account', value: 'password' },
    { label: 'Token', icon: 'key', value: 'token' },
    ...(known === undefined ? [] : [{ label: 'Forget the login', icon: 'trash', value: 'forget' as const }]),
  ];
  for (let placeholder = `How do you log in to ${uri}?`; ; placeholder = `${uri} refuses that login. How do you log in?`) {
    const way = chosen(await pickOne({ title: loginTitle, placeholder }, choices));
    if (way === undefined) {
      return;
    }
    if (way === 'forget') {
      await logins.forget(uri);
      await connection.call('logIn', { uri });
      return;
    }
    const login = await askLogin(way);
    if (login === undefined) {
      return;
    }
    const { problem } = await withMessage(`Logging in to ${uri}`, () => connection.call('logIn', { uri, ...login }));
    if (problem === undefined) {
      await logins.keep(uri, login);
      return;
    }
    if (problem.reason !== 'forbidden') {
      throw new CallFailure(problem.reason, problem.message, { field: problem.field, remedy: problem.remedy });
    }
  }
}

export const trackingServerCommands: AppCommands = {
  'slipway.chooseTrackingServer': { doing: 'choosing the tracking server', run: chooseTrackingServer },
  'slipway.logIn': { doing: 'logging in', run: logIn },
};
