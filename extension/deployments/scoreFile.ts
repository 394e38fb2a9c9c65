import path from 'node:path';
import { commands, Uri, window, workspace } from 'vscode';
import { z } from 'zod';
import type { Batch } from '../../server/contract/batches.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { App } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { type Answer, type Choice, pickOne, type Place } from '../vscode/prompts.ts';
import { runSteps, skip } from '../vscode/wizard.ts';
import { followBatch } from './followBatch.ts';

/** What scores: the live release of an endpoint, or a version of a model. */
type Scorer = { readonly endpoint: string } | { readonly model: string; readonly version: number };

const keptColumns = z.enum(['all', 'none']);

/** What can be given beforehand; the rest is asked. */
const scoreSubject = z.object({
  file: z.string(),
  endpoint: z.string().optional(),
  model: z.string().optional(),
  version: z.number().optional(),
  out: z.string().optional(),
  keep: keptColumns.optional(),
});

interface Draft {
  readonly scorer?: Scorer;
  readonly keep?: z.infer<typeof keptColumns>;
}

const title = 'Slipway: Score File';
const extensions = ['csv', 'jsonl', 'ndjson', 'parquet', 'pq'];

/** Scores the rows of a file, or of all files of a folder, with what an endpoint serves, or with a version, into another. @param subject the file's Uri where the Explorer calls */
export async function scoreFile(app: App, subject: unknown): Promise<Batch | undefined> {
  const given = subjectAs(scoreSubject, subject);
  const [file] = subject instanceof Uri ? [subject] : given === undefined ? ((await window.showOpenDialog({ title, openLabel: 'Score', filters: { Tables: extensions } })) ?? []) : [Uri.file(given.file)];
  if (file === undefined) {
    return undefined;
  }
  const scorer = scorerOf(given);
  const draft = await runSteps<Draft>({ ...(scorer === undefined ? {} : { scorer }), ...(given?.keep === undefined ? {} : { keep: given.keep }) }, [
    async (current, place) => (current.scorer === undefined ? added(current, 'scorer', await pickOne({ title, placeholder: `What scores ${path.basename(file.fsPath)}?`, ...place }, scorers(app))) : skip),
    async (current, place) => (current.keep === undefined ? added(current, 'keep', await askKept(place)) : skip),
  ]);
  if (draft?.scorer === undefined) {
    return undefined;
  }
  const out = given?.out ?? (await askOut(file))?.fsPath;
  if (out === undefined) {
    return undefined;
  }
  // The dialog has asked about a file that is there.
  const asked = { inputs: [file.fsPath], out, keep: draft.keep === 'all' ? ('all' as const) : [], overwrite: given?.out === undefined };
  const { connection } = app;
  const started = 'endpoint' in draft.scorer ? await connection.call('startBatch', { name: draft.scorer.endpoint, ...asked }) : await connection.call('startModelBatch', { ...draft.scorer, ...asked });
  const ended = await followBatch(connection, started, `Scoring ${path.basename(file.fsPath)}`);
  void tell(ended);
  return ended;
}

function scorerOf(given: z.infer<typeof scoreSubject> | undefined): Scorer | undefined {
  if (given?.endpoint !== undefined) {
    return { endpoint: given.endpoint };
  }
  return given?.model === undefined || given.version === undefined ? undefined : { model: given.model, version: given.version };
}

function added<K extends keyof Draft>(draft: Draft, key: K, answer: Answer<NonNullable<Draft[K]>>): Answer<Draft> {
  return answer === undefined || typeof answer === 'symbol' ? answer : { ...draft, [key]: answer };
}

/** Endpoints with what they serve, then the versions that have an alias and the newest of each model. */
async function scorers({ connection }: App): Promise<Choice<Scorer>[]> {
  const [{ endpoints }, { models }] = await Promise.all([connection.call('listEndpoints', {}), connection.call('listModels', {})]);
  const live = endpoints.flatMap(({ name, model, liveVersion }) =>
    liveVersion === undefined ? [] : [{ label: name, description: `${model} ${liveVersion}`, icon: 'broadcast', group: 'Endpoints', value: { endpoint: name } }],
  );
  const versions = models.flatMap(({ name, aliases, versions: all }) => {
    const newest = Math.max(0, ...all.map(({ version }) => version));
    const named = Object.entries(aliases).map(([alias, version]) => ({ label: `${name}@${alias}`, description: `version ${version}`, icon: 'tag', group: 'Versions', value: { model: name, version } }));
    return newest === 0 ? named : [...named, { label: name, description: `version ${newest}, the newest`, icon: 'tag', group: 'Versions', value: { model: name, version: newest } }];
  });
  return [...live, ...versions];
}

function askKept(place: Place): Promise<Answer<z.infer<typeof keptColumns>>> {
  return pickOne({ title, placeholder: 'What does the output have?', ...place }, [
    { label: 'All columns of the file, then the predictions', icon: 'table', value: 'all' as const },
    { label: 'The predictions alone', icon: 'list-flat', value: 'none' as const },
  ]);
}

/** The output has the format of the input: beside a file, or beside a folder that of its first file. */
async function askOut(file: Uri): Promise<Uri | undefined> {
  const { dir, name, ext } = path.parse(file.fsPath);
  if (!extensions.includes(ext.slice(1).toLowerCase())) {
    const names = (await workspace.fs.readDirectory(file)).map(([entry]) => path.extname(entry).slice(1).toLowerCase());
    const found = names.find((one) => extensions.includes(one)) ?? extensions[0] ?? '';
    return window.showSaveDialog({ title: 'Slipway: Write Predictions To', saveLabel: 'Score', defaultUri: Uri.file(path.join(dir, `${name}${ext}.scored.${found}`)), filters: { Tables: extensions } });
  }
  return window.showSaveDialog({ title: 'Slipway: Write Predictions To', saveLabel: 'Score', defaultUri: Uri.file(path.join(dir, `${name}.scored${ext}`)), filters: { Table: [ext.slice(1)] } });
}

const open = 'Open Output';
const show = 'Show Rejected Rows';

async function tell(batch: Batch): Promise<void> {
  const picked = await announce(batch);
  const file = picked === open ? batch.out : picked === show ? batch.rejectedOut : undefined;
  if (file !== undefined) {
    // Parquet opens in whatever editor is installed for it.
    await commands.executeCommand('vscode.open', Uri.file(file));
  }
}

/** Says what came of a batch. @returns what was picked of what can be opened */
async function announce({ state, message, scored, rejected, out, rejectedOut }: Batch): Promise<string | undefined> {
  const rows = rejectedOut === undefined ? [] : [show];
  if (state === 'cancelled') {
    return rejectedOut === undefined ? undefined : window.showInformationMessage(message, ...rows);
  }
  if (state !== 'succeeded') {
    return window.showErrorMessage(`The file was not scored. ${message}`, ...rows);
  }
  const said = `Scored ${plural(scored, 'row')} into ${path.basename(out)}`;
  return rejectedOut === undefined ? window.showInformationMessage(`${said}.`, open) : window.showWarningMessage(`${said}; ${rejected} could not be scored.`, open, ...rows);
}
