import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { Place } from '../../mlflow/client/carried.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { Problem } from '../../platform/errors.ts';
import type { Reading } from '../bounds/reading.ts';
import { createPlaceFiles } from '../placeFiles.ts';
import { toModels, toRegisteredModel, toRun } from './ownRecords.ts';
import type { OwnStores } from './ownStores.ts';

const page = 200;

/** Reads this companion's own store. @param reading how the folders are read that experiments name as theirs */
export function createOwnReader(stores: OwnStores, reading: Reading): StoreReader {
  const { contents, artifacts, registeredModels } = stores;

  const rootOf = ({ uri }: Place): string => {
    const root = pathOfUri(uri);
    if (root === undefined) {
      throw new Problem('unavailable', `The artifacts at ${uri} are not in this store.`);
    }
    return root;
  };

  /** Folders of the user's that experiments name as theirs. */
  const elsewhere = createPlaceFiles({ base: '/', proxied: undefined, reading });

  return {
    countRuns: () => contents.countRuns(),
    notes: () => [],
    *experiments() {
      yield* contents.experiments().map(({ experimentId, name, stage, createdAt, updatedAt, tags }) => ({
        id: experimentId,
        name,
        stage,
        createdAt,
        updatedAt,
        tags: new Map(Object.entries(tags)),
      }));
    },
    *runs(experimentId) {
      let after = 0;
      for (;;) {
        const rows = contents.runs(Number(experimentId), after, page);
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        after = last.id;
        yield* stores.describeRuns(rows).map((details) => toRun(stores, details));
      }
    },
    run(_experimentId, runId) {
      const row = contents.run(runId);
      const [details] = row === undefined ? [] : stores.describeRuns([row]);
      return details === undefined ? undefined : toRun(stores, details);
    },
    *points({ id }) {
      const row = contents.run(id);
      if (row !== undefined) {
        yield* contents.points(row);
      }
    },
    *models(experimentId) {
      let after = 0;
      for (;;) {
        const rows = contents.models(Number(experimentId), after, page);
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        after = last.id;
        yield* toModels(stores, rows);
      }
    },
    model(_experimentId, modelId) {
      const row = contents.model(modelId);
      return row === undefined ? undefined : toModels(stores, [row])[0];
    },
    *registeredModels() {
      yield* registeredModels.list().map((row) => toRegisteredModel(stores, row));
    },
    registeredModel(name) {
      return registeredModels.exists(name) ? toRegisteredModel(stores, registeredModels.find(name)) : undefined;
    },
    readable: (place) => pathOfUri(place.uri) !== undefined || elsewhere.readable(place),
    async *files(place): AsyncGenerator<ArtifactFile> {
      if (pathOfUri(place.uri) === undefined) {
        yield* elsewhere.files(place);
        return;
      }
      const root = rootOf(place);
      for (const { path, bytes } of artifacts.below(root)) {
        yield { path: path.slice(root.length + 1), bytes };
      }
    },
    async *read(place, path) {
      if (pathOfUri(place.uri) === undefined) {
        yield* elsewhere.read(place, path);
        return;
      }
      const { content } = await artifacts.open(`${rootOf(place)}/${path}`);
      yield* content;
    },
    close: () => undefined,
  };
}
