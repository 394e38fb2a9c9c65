import type { PassOver } from '../mlflow/client/passedOver.ts';
import type { Many, StoreReader } from '../mlflow/client/storeReader.ts';
import { createCarriedChecks } from './carriedChecks.ts';

async function* kept<T>(items: Many<T>, check: (item: T) => T | undefined): AsyncGenerator<T> {
  for await (const item of items) {
    const good = check(item);
    if (good !== undefined) {
      yield good;
    }
  }
}

/** The content of another store as far as it may come in; the rest is told and left out. */
export function createCheckedReader(source: StoreReader, passOver: PassOver): StoreReader {
  const checks = createCarriedChecks(passOver);
  return {
    ...source,
    experiments: () => kept(source.experiments(), checks.experiment),
    runs: (experimentId) => kept(source.runs(experimentId), checks.run),
    points: (run) => kept(source.points(run), (lot) => checks.points(run, lot)),
    models: (experimentId) => kept(source.models(experimentId), checks.model),
    registeredModels: () => kept(source.registeredModels(), checks.registeredModel),
  };
}
