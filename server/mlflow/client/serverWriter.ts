import { z } from 'zod';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { Problem } from '../../platform/errors.ts';
import { experimentWire, nothing, pairs } from './answers.ts';
import { newEntries } from './missing.ts';
import { artifactRoute, encodePath, type MlflowClient } from './mlflowClient.ts';
import { MlflowRefusal, orUndefined } from './mlflowRefusal.ts';
import { createServerModelWriter } from './serverModelWriter.ts';
import { createServerReader } from './serverReader.ts';
import { createServerRegistryWriter } from './serverRegistryWriter.ts';
import { createServerRunWriter } from './serverRunWriter.ts';
import type { StoreWriter } from './storeWriter.ts';

/** What MLflow's upload of small files through its page takes. */
const mostThroughPage = 10 << 20;

/**
 * Writes to an MLflow server through its REST protocol. Runs and models get ids of that server; the tag `slipway.exported.from` says
 * which one each of them was, so that exporting again finds them.
 */
export function createServerWriter(client: MlflowClient): StoreWriter {
  const reader = createServerReader(client);
  const post = <S extends z.ZodType>(path: string, body: object, answer: S): Promise<z.output<S>> => client.send('POST', path, body, answer);

  return {
    reader,
    keepsIds: false,
    async experiment(experiment, known) {
      const answer = z.object({ experiment: experimentWire });
      const found = await orUndefined(client.get('/experiments/get-by-name', { experiment_name: experiment.name }, answer));
      if (found === undefined) {
        const made = await post('/experiments/create', { name: experiment.name, tags: pairs(experiment.tags) }, z.object({ experiment_id: z.string() }));
        return { id: made.experiment_id, uri: '', outcome: 'added', findings: [] };
      }
      const there = found.experiment;
      if (there.stage === 'active') {
        for (const [key, value] of newEntries(experiment.tags, there.tags)) {
          await post('/experiments/set-experiment-tag', { experiment_id: there.id, key, value }, nothing);
        }
      } else if (experiment.stage === 'active' || known === undefined) {
        throw new Problem('conflict', `The experiment "${experiment.name}" is deleted on ${client.url}.`, { remedy: 'Restore it there, or delete it for good, then export again.' });
      }
      return { id: there.id, uri: '', outcome: 'present', findings: [] };
    },
    ...createServerRunWriter(client, reader),
    ...createServerModelWriter(client, reader),
    async file(place, path, content, bytes) {
      const below = pathOfUri(place.uri);
      if (below !== undefined) {
        await client.upload('PUT', `${artifactRoute}/${encodePath(`${below}/${path}`)}`, content, bytes).catch((error: unknown) => {
          throw error instanceof MlflowRefusal && error.status === 400 ? new Problem('invalid-input', error.said, { field: 'path', cause: error }) : error;
        });
        return;
      }
      if (place.of === 'model' || bytes === undefined || bytes > mostThroughPage) {
        throw new Problem('unavailable', `${client.url} keeps artifacts at ${place.uri} and does not take them itself.`, {
          remedy: 'Start it with "mlflow server --serve-artifacts --artifacts-destination ...".',
        });
      }
      const query = new URLSearchParams({ run_uuid: place.id, path });
      await client.upload('POST', `/ajax-api/2.0/mlflow/upload-artifact?${query.toString()}`, content, bytes);
    },
    async finishExperiment(experimentId, { stage }) {
      if (stage === 'deleted') {
        await post('/experiments/delete', { experiment_id: experimentId }, nothing).catch((error: unknown) => {
          // It is deleted already, by the time before.
          if (!MlflowRefusal.isMissing(error)) {
            throw error;
          }
        });
      }
    },
    registeredModel: createServerRegistryWriter(client, reader),
  };
}
