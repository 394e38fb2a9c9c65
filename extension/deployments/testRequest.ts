import { CodeLens, type CodeLensProvider, type Disposable, env, languages, Range, type TextDocument, Uri, ViewColumn, window, workspace } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { CallFailure } from '../../server/client/callFailure.ts';
import { curlCommand } from '../../server/contract/format/curl.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withCancel } from '../vscode/progress.ts';
import { showText } from '../vscode/readonlyText.ts';
import { endpointOf } from './endpointPrompts.ts';

/** The part of a replica's OpenAPI document that holds a request that the model accepts: the recorded one, else one made from the signature. */
const describedByReplica = z.object({
  paths: z.object({
    '/invocations': z.object({
      post: z.object({ requestBody: z.object({ content: z.object({ 'application/json': z.object({ example: z.unknown().optional() }) }) }) }),
    }),
  }),
});

const releaseSubject = z.object({ release: z.string() });

/** Where a request goes: to an endpoint, and to one of its releases where it names one. */
interface Aim {
  readonly endpoint: string;
  readonly release: string | undefined;
}

/** Open request documents and where each goes. */
const requests = new Map<string, Aim>();

export interface TestAnswer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/** Shows a line above each test request that sends it. */
export function serveTestRequests(): Disposable {
  const provider: CodeLensProvider = {
    provideCodeLenses(document) {
      const aim = requests.get(document.uri.toString());
      const send = { title: `$(play) Send to ${aim === undefined ? '' : nameOf(aim)}`, command: 'slipway.sendRequestDocument', arguments: [document.uri.toString()] };
      return aim === undefined ? [] : [new CodeLens(new Range(0, 0, 0, 0), send)];
    },
  };
  const registration = languages.registerCodeLensProvider([{ scheme: 'untitled', language: 'json' }], provider);
  const closed = workspace.onDidCloseTextDocument(({ uri }) => requests.delete(uri.toString()));
  return {
    dispose() {
      registration.dispose();
      closed.dispose();
    },
  };
}

/** Opens a request that the endpoint's model accepts, sends it, and shows the answer beside it. */
export async function sendTestRequest(app: App, subject: unknown): Promise<TestAnswer | undefined> {
  const name = await endpointOf(app, subject, 'Slipway: Send Test Request', ({ liveVersion }) => liveVersion !== undefined);
  if (name === undefined) {
    return undefined;
  }
  const { url } = await app.connection.call('getEndpoint', { name });
  const aim = { endpoint: name, release: subjectAs(releaseSubject, subject)?.release };
  const example = await readExample(url, aim.release);
  const document = await workspace.openTextDocument({ language: 'json', content: `${JSON.stringify(example ?? { dataframe_split: { columns: [], data: [[]] } }, null, 2)}\n` });
  requests.set(document.uri.toString(), aim);
  await window.showTextDocument(document, { preview: false });
  return example === undefined ? undefined : sendDocument(app, document, aim);
}

/** Copies a request that the endpoint's model accepts, as a shell command. */
export async function copyCurl(app: App, subject: unknown): Promise<void> {
  const name = await endpointOf(app, subject, 'Slipway: Copy as curl', ({ liveVersion }) => liveVersion !== undefined);
  if (name === undefined) {
    return;
  }
  const { url } = await app.connection.call('getEndpoint', { name });
  const example = await readExample(url);
  if (example === undefined) {
    throw new CallFailure('unavailable', `${name} has no example of a request: its model was logged without one, or does not answer.`);
  }
  await env.clipboard.writeText(curlCommand(`${url}/invocations`, example));
  window.setStatusBarMessage(`Copied a request to ${name} as a curl command`, 5000);
}

/** Sends the request of a document that {@link sendTestRequest} opened. */
export async function sendRequestDocument(app: App, subject: unknown): Promise<TestAnswer | undefined> {
  const uri = subjectAs(z.string(), subject) ?? window.activeTextEditor?.document.uri.toString();
  const aim = uri === undefined ? undefined : requests.get(uri);
  if (uri === undefined || aim === undefined) {
    return sendTestRequest(app, undefined);
  }
  return sendDocument(app, await workspace.openTextDocument(Uri.parse(uri)), aim);
}

async function readExample(url: string, release?: string): Promise<unknown> {
  try {
    const answer = await fetch(`${url}/openapi.json`, { headers: namingHeader(release), signal: AbortSignal.timeout(5000) });
    const described = describedByReplica.safeParse(await answer.json());
    return described.success ? described.data.paths['/invocations'].post.requestBody.content['application/json'].example : undefined;
  } catch {
    // Without an example the user types the request.
    return undefined;
  }
}

function nameOf({ endpoint, release }: Aim): string {
  return release === undefined ? endpoint : `${endpoint}, release ${shortDigest(release)}`;
}

async function sendDocument(app: App, document: TextDocument, aim: Aim): Promise<TestAnswer> {
  const name = nameOf(aim);
  const { url } = await app.connection.call('getEndpoint', { name: aim.endpoint });
  const answer = await withCancel(`Sending a request to ${name}`, (signal) => post(`${url}/invocations`, document.getText(), aim.release, signal));
  await showText(`answer of ${name}.json`, `${pretty(answer.body)}\n`, 'json', ViewColumn.Beside);
  window.setStatusBarMessage(`${name} answered ${answer.status} in ${Math.round(answer.milliseconds)} ms`, 10_000);
  app.log.info(`test request to ${name}: ${answer.status} in ${answer.milliseconds.toFixed(1)} ms`);
  return answer;
}

function namingHeader(release: string | undefined): Record<string, string> {
  return release === undefined ? {} : { 'x-slipway-release': release };
}

async function post(url: string, body: string, release: string | undefined, signal: AbortSignal): Promise<TestAnswer> {
  const started = performance.now();
  try {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...namingHeader(release) }, body, signal });
    const text = await answer.text();
    return { status: answer.status, body: text, milliseconds: performance.now() - started };
  } catch (cause) {
    if (signal.aborted) {
      throw new CallFailure('aborted', 'Cancelled.', { cause });
    }
    throw new CallFailure('unavailable', `Nothing answers at ${url}.`, { remedy: 'Start the companion, which starts the gateway, and try again.', cause });
  }
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
