import { env, window } from 'vscode';
import { z } from 'zod';
import type { App } from '../app.ts';
import { runIdOf } from '../tracking/runSelection.ts';
import { subjectAs } from '../vscode/commands.ts';
import { linkPath, type CopiedLink } from './links.ts';

const runSubject = z.object({ runId: z.string() });
const releaseSubject = z.object({ release: z.string() });
const endpointSubject = z.object({ endpoint: z.string() });
const versionSubject = z.object({ model: z.string(), version: z.number() });
const modelSubject = z.object({ model: z.string() });
const experimentSubject = z.object({ experimentId: z.string() });

/** What the row of a tree or of Compare stands for; the closest first: a release is of an endpoint too, and a version of a model. */
function linkOf(subject: unknown): CopiedLink | undefined {
  const run = subjectAs(runSubject, subject);
  if (run !== undefined) {
    return { kind: 'run', runId: run.runId };
  }
  const release = subjectAs(releaseSubject, subject);
  if (release !== undefined) {
    return { kind: 'release', digest: release.release };
  }
  const endpoint = subjectAs(endpointSubject, subject);
  if (endpoint !== undefined) {
    return { kind: 'endpoint', endpoint: endpoint.endpoint };
  }
  const version = subjectAs(versionSubject, subject);
  if (version !== undefined) {
    return { kind: 'version', name: version.model, version: version.version };
  }
  const model = subjectAs(modelSubject, subject);
  if (model !== undefined) {
    return { kind: 'model', name: model.model };
  }
  const experiment = subjectAs(experimentSubject, subject);
  return experiment === undefined ? undefined : { kind: 'experiment', experimentId: experiment.experimentId };
}

/** Copies a link that opens what was chosen, or a run that is picked, in the editor of whoever has the same companion or tracking server. */
export async function copyLink(app: App, subject: unknown): Promise<void> {
  const given = linkOf(subject);
  const runId = given === undefined ? await runIdOf(app, undefined, 'Slipway: Copy Link') : undefined;
  const link = given ?? (runId === undefined ? undefined : { kind: 'run' as const, runId });
  if (link === undefined) {
    return;
  }
  const path = linkPath(link);
  if (path === undefined) {
    void window.showWarningMessage('Its name has characters that no link can carry. Rename it to copy a link.');
    return;
  }
  await env.clipboard.writeText(`${env.uriScheme}://slipway.slipway${path}`);
  window.setStatusBarMessage('Link copied', 3000);
}
