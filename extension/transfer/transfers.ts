import path from 'node:path';
import { commands, window } from 'vscode';
import { z } from 'zod';
import { shortDigest } from '../../server/contract/format/digests.ts';
import type { App } from '../app.ts';
import { CallFailure } from '../../server/client/callFailure.ts';
import { outsideOfSource, type Transfer, type TransferCredentials, type TransferDirection, type TransferPreview, type TransferState } from '../../server/contract/transfer.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { subjectAs } from '../vscode/commands.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { withCancel } from '../vscode/progress.ts';
import { askText, chosen, pickOne } from '../vscode/prompts.ts';
import { showMarkdown } from '../vscode/readonlyText.ts';
import { askArtifacts, askLocation } from './askLocation.ts';
import { askLogin, createLogins, splitLogin } from './credentials.ts';
import { followTransfer } from './followTransfer.ts';
import { describeCarried, transferText, transferTitle } from './reportText.ts';

/** What can be given beforehand; the rest is asked. */
const transferSubject = z.object({ location: z.string(), confirmed: z.literal(true).optional(), follow: z.literal(true).optional() });

interface Side {
  readonly preview: TransferPreview;
  readonly login: TransferCredentials | undefined;
  /** The interpreter whose MLflow makes a database that is not there; undefined for the one of the setting. */
  readonly python: string | undefined;
}

/** Imports from or exports to another store: asks where, looks, shows the counts, carries, and shows the report. */
export async function startTransfer(app: App, direction: TransferDirection, subject: unknown): Promise<Transfer | undefined> {
  const title = `Slipway: ${direction === 'import' ? 'Import from MLflow' : 'Export to MLflow'}`;
  const given = subjectAs(transferSubject, subject);
  const asked = given === undefined ? await askLocation(title, direction, (await app.connection.call('listTransfers', {})).transfers) : ({ kind: 'place', location: given.location } as const);
  if (asked === undefined) {
    return undefined;
  }
  if (asked.kind === 'running') {
    return follow(app, asked.transfer);
  }
  const side = await look(app, direction, asked.location, title);
  if (side === undefined) {
    return undefined;
  }
  const { preview, login, python } = side;
  const artifacts = preview.artifactsElsewhere && given?.confirmed !== true ? await askArtifacts(title) : null;
  if (artifacts === undefined) {
    return undefined;
  }
  const verify = given?.confirmed === true ? 'digests' : await askGo(direction, preview);
  if (verify === undefined) {
    return undefined;
  }
  const { location } = preview;
  const started = await app.connection.call('startTransfer', {
    direction,
    location,
    verify,
    follow: given?.follow === true,
    ...(login === undefined ? {} : { credentials: login }),
    ...(artifacts === null ? {} : { artifacts }),
    ...(python === undefined ? {} : { python }),
  });
  return follow(app, started);
}

/** Looks at the other side; asks for a login where it wants one, and keeps that once it fits, and for a Python with MLflow where none was found. */
async function look(app: App, direction: TransferDirection, location: string, title: string): Promise<Side | undefined> {
  const isServer = /^https?:\/\//i.test(location);
  const { url, login: written } = isServer ? splitLogin(location) : { url: location, login: undefined };
  const logins = createLogins(app.context.secrets);
  let login = written ?? (isServer ? await logins.find(url) : undefined);
  let python: string | undefined;
  for (;;) {
    const more = { ...(login === undefined ? {} : { credentials: login }), ...(python === undefined ? {} : { python }) };
    try {
      const preview = await withCancel(`Looking at ${url}`, (signal) => app.connection.call('previewTransfer', { direction, location: url, ...more }, signal));
      if (login !== undefined) {
        await logins.keep(url, login);
      }
      return { preview, login, python };
    } catch (error) {
      if (CallFailure.is(error, 'unavailable') && error.field === 'python') {
        python = await askPython(title, error);
        if (python === undefined) {
          return undefined;
        }
        continue;
      }
      if (!isServer || !CallFailure.is(error, 'forbidden')) {
        throw error;
      }
      await logins.forget(url);
      login = await askLogin(title, url, login !== undefined);
      if (login === undefined) {
        return undefined;
      }
    }
  }
}

/** Says why no database can be made and asks for a Python that can. */
async function askPython(title: string, failure: CallFailure): Promise<string | undefined> {
  const choose = 'Choose Python…';
  const detail = [failure.message, failure.remedy ?? ''].join('\n\n');
  if ((await window.showWarningMessage('A Python with MLflow 3 makes the new database.', { modal: true, detail }, choose)) !== choose) {
    return undefined;
  }
  const python = chosen(await askText({ title, prompt: 'Path of a Python that has MLflow 3', placeholder: '/home/me/project/.venv/bin/python', check: absolutePath }));
  return python?.trim();
}

function absolutePath(text: string): string | undefined {
  return path.isAbsolute(text.trim()) ? undefined : 'Type an absolute path.';
}

function describePreview({ experiments, runs, registeredModels, versions, complete, notes, before }: TransferPreview, direction: TransferDirection): string {
  const registered = registeredModels === 0 ? 'no registered model' : `${plural(registeredModels, 'registered model')} with ${plural(versions, 'version')}`;
  const counts = `${complete ? '' : 'At least '}${plural(runs, 'run')} in ${plural(experiments, 'experiment')}; ${registered}.`;
  const again = before === undefined ? [] : [before.state === 'succeeded' || before.state === 'incomplete' ? `It was done before, ${formatAge(before.endedAt ?? before.startedAt)}: only what is new is carried.` : 'It goes on where it ended before.'];
  const target = direction === 'import' ? 'Nothing that is here is overwritten.' : 'Nothing that is there is overwritten.';
  return [counts, ...again, ...notes, `${target} At the end both sides are compared. It can be cancelled, and goes on when started again.`].join('\n');
}

/** Shows the counts and asks whether to go on. @returns how artifacts are compared at the end */
async function askGo(direction: TransferDirection, preview: TransferPreview): Promise<'digests' | 'sizes' | undefined> {
  const verb = direction === 'import' ? 'Import' : 'Export';
  const quick = `${verb}, Compare Sizes Only`;
  const question = `${transferTitle({ direction, location: preview.location })}?`;
  const answer = await window.showInformationMessage(question, { modal: true, detail: describePreview(preview, direction) }, verb, quick);
  return answer === undefined ? undefined : answer === quick ? 'sizes' : 'digests';
}

/** Follows a transfer to its end and says what came of it. */
async function follow(app: App, started: Transfer): Promise<Transfer> {
  const ended = await followTransfer(app.connection, started);
  app.refreshTrees();
  if (ended.report !== undefined) {
    await showReport(ended);
  }
  void announce(ended);
  return ended;
}

/** Whether something lies outside of the source, which a person may want nevertheless. */
function leadsOut({ direction, report }: Transfer): boolean {
  return direction === 'import' && report?.notCarried.some(({ message }) => message.endsWith(outsideOfSource)) === true;
}

async function announce(ended: Transfer): Promise<void> {
  const title = transferTitle(ended);
  if (ended.state === 'succeeded') {
    void window.showInformationMessage(`${title}: everything is there, ${describeCarried(ended.progress)}.`);
    return;
  }
  const again = 'Continue';
  const following = 'Follow Locations and Links';
  const answer =
    ended.state === 'incomplete'
      ? await window.showWarningMessage(`${title}: ${ended.message}`, ...(leadsOut(ended) ? [following] : []))
      : await window.showWarningMessage(`${title} ${ended.state}. ${ended.message}`, again);
  if (answer !== undefined) {
    const subject = { location: ended.location, ...(answer === following ? { follow: true } : {}) };
    await commands.executeCommand(ended.direction === 'import' ? 'slipway.importFromMlflow' : 'slipway.exportToMlflow', subject);
  }
}

async function showReport(transfer: Transfer): Promise<void> {
  await showMarkdown(`${transfer.direction === 'import' ? 'Import' : 'Export'} ${shortDigest(transfer.id)}.md`, transferText(transfer));
}

const icons: Readonly<Record<TransferState, string>> = { running: 'sync', succeeded: 'pass', incomplete: 'warning', failed: 'error', cancelled: 'circle-slash', interrupted: 'debug-pause' };

/** Lists imports and exports; shows the report of the chosen one, or follows it while it runs. */
export async function showTransfers(app: App): Promise<void> {
  const { transfers } = await app.connection.call('listTransfers', {});
  if (transfers.length === 0) {
    void window.showInformationMessage('Nothing has been imported or exported yet.');
    return;
  }
  const choices = transfers.map((transfer) => ({
    label: transferTitle(transfer),
    description: `${transfer.state} ${formatAge(transfer.endedAt ?? transfer.startedAt)}`,
    detail: describeCarried(transfer.progress),
    icon: lookUp(icons, transfer.state) ?? 'question',
    value: transfer,
  }));
  const picked = chosen(await pickOne({ title: 'Slipway: Show Imports and Exports', placeholder: 'Which one?' }, choices));
  if (picked !== undefined) {
    await (picked.state === 'running' ? follow(app, picked) : showReport(picked));
  }
}
