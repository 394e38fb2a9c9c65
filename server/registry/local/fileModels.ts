import path from 'node:path';
import { filesBelow, readLocal } from '../../artifacts/localFiles.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { CallInput } from '../../contract/api.ts';
import { wrapModelFile } from '../../models/models.ts';
import { Problem } from '../../platform/errors.ts';
import { defaultExperiment } from '../../tracking/local/experiments.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';

type FileSource = Extract<CallInput<'registerVersion'>['source'], { kind: 'file' }>;

/**
 * Makes a LoggedModel of the default experiment of a file that was never logged with MLflow.
 * @param python where the source names none
 * @returns its id
 * @throws Problem `invalid-input` that names what is wrong with the file, the example or the interpreter
 */
export async function logModelFile({ stores: { models, artifacts } }: LocalTracking, source: FileSource, python: string, signal: AbortSignal): Promise<string> {
  for (const [field, file] of [['source.path', source.path], ['source.example', source.example]] as const) {
    if (file !== undefined && !path.isAbsolute(file)) {
      throw new Problem('invalid-input', `${file} is no absolute path.`, { field, remedy: 'Name the file by its whole path.' });
    }
  }
  return wrapModelFile({ file: source.path, example: source.example, python: source.python ?? python }, signal, async (folder) => {
    const { row } = models.create({ experimentId: String(defaultExperiment), name: loggedName(source.path), params: [], tags: [['slipway.file', source.path]] });
    const root = pathOfUri(row.artifact_uri);
    if (root === undefined) {
      throw new Problem('invalid-input', 'The default experiment keeps its artifacts in a folder of yours, where Slipway writes nothing.', {
        field: 'source',
        remedy: 'Log the model with mlflow in an experiment whose artifacts Slipway keeps.',
      });
    }
    for await (const { path: file } of filesBelow(folder)) {
      await artifacts.put(`${root}/${file}`, readLocal(folder, file));
    }
    models.setStatus(row.model_id, 'LOGGED_MODEL_READY');
    return row.model_id;
  });
}

/** What MLflow does not take in the name of a LoggedModel becomes a dash. */
function loggedName(file: string): string {
  return path.basename(file).replace(/[/:.%"'\p{Cc}]/gu, '-');
}
