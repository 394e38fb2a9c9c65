import path from 'node:path';
import type { captureRoutes } from '../contract/notebooks.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import type { Handler } from '../platform/http/implement.ts';
import type { CapturedRuns } from './capturedRuns.ts';
import { readGitState } from './git.ts';

type StartCapture = Handler<typeof captureRoutes.startCapture>;

/** Begins a captured run in the experiment of its notebook or script; earlier ones of the notebook that are open end. */
export function createStartCapture({ database }: Pick<CompanionContext, 'database'>, runs: CapturedRuns): StartCapture {
  return async ({ notebook, workspace, kernel, packages, pythonVersion }) => {
    if (!path.isAbsolute(notebook)) {
      throw new Problem('invalid-input', 'notebook: must be an absolute path', { field: 'notebook' });
    }
    const git = await readGitState(path.dirname(notebook));
    for (const earlier of runs.store.openOf(notebook)) {
      runs.end(earlier, 'FINISHED');
    }
    const startedAt = Date.now();
    const isScript = path.extname(notebook) === '.py';
    const name = workspace === undefined ? path.basename(notebook) : path.relative(workspace, notebook).split(path.sep).join('/');
    const created = database.transaction(() => {
      const run = runs.tracking.createRun({
        experimentName: name.startsWith('..') ? path.basename(notebook) : name,
        name: `${path.basename(notebook, path.extname(notebook))} ${new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ')}`,
        startedAt,
        tags: { 'slipway.source': 'capture', 'slipway.notebook': notebook, 'mlflow.source.name': notebook, 'mlflow.source.type': isScript ? 'LOCAL' : 'NOTEBOOK' },
      });
      runs.store.insert({ runId: run.runId, notebook, workspace, kernel, git, startedAt, packages, pythonVersion });
      return run;
    })();
    runs.publish({ runId: created.runId, notebook });
    return created;
  };
}
