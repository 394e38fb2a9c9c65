import { z } from 'zod';
import { isPrompt, promptTag } from '../../contract/prompts.ts';
import { registeredModelWire } from './answers.ts';
import type { CarriedRegisteredModel } from './carried.ts';
import type { MlflowClient } from './mlflowClient.ts';
import { orUndefined } from './mlflowRefusal.ts';
import { looseList, pages, understood, versionPage, withToken } from './pages.ts';
import { untilPassedOver, type PassOver } from './passedOver.ts';
import type { StoreReader } from './storeReader.ts';

/** Searches leave prompts out unless they ask for them. */
const onlyPrompts = `tags.\`${promptTag}\` = 'true'`;

/** A filter that finds a name, and for one with both kinds of quotes maybe others: MLflow knows no escape for them. */
export function nameFilter(name: string): string {
  if (!name.includes("'")) {
    return `name = '${name}'`;
  }
  return name.includes('"') ? `name LIKE "${name.replaceAll('"', '_')}"` : `name = "${name}"`;
}

/** Reads the registered models of an MLflow server, prompts too, with their versions. */
export function createServerRegistryReader(client: MlflowClient, passOver: PassOver): Pick<StoreReader, 'registeredModels' | 'registeredModel'> {
  const withVersions = async (model: CarriedRegisteredModel): Promise<CarriedRegisteredModel> => {
    const filter = [nameFilter(model.name), ...(isPrompt(model.tags) ? [onlyPrompts] : [])].join(' AND ');
    const versions: CarriedRegisteredModel['versions'][number][] = [];
    const ask = (next: string | undefined): Promise<z.output<typeof versionPage>> =>
      client.get('/model-versions/search', { filter, max_results: '1000', ...withToken(next) }, versionPage);
    for await (const { model_versions: found } of pages(ask)) {
      versions.push(...found.filter(({ name }) => name === model.name).map(({ name: _name, ...version }) => version));
    }
    const located = await Promise.all(
      versions.map(async (version) => {
        const answer = z.object({ artifact_uri: z.string().default('') });
        const query = { name: model.name, version: String(version.version) };
        // A version of a prompt has no files.
        const found = await client.get('/model-versions/get-download-uri', query, answer).catch(() => ({ artifact_uri: '' }));
        return { ...version, location: found.artifact_uri };
      }),
    );
    return { ...model, versions: located.sort((a, b) => a.version - b.version) };
  };

  async function* whole(model: CarriedRegisteredModel): AsyncGenerator<CarriedRegisteredModel> {
    yield await withVersions(model);
  }

  return {
    async *registeredModels() {
      const seen = new Set<string>();
      for (const filter of [{}, { filter: onlyPrompts }]) {
        const ask = (next: string | undefined): Promise<z.output<ReturnType<typeof looseList>>> =>
          client.get('/registered-models/search', { ...filter, max_results: '100', ...withToken(next) }, looseList('registered_models'));
        for await (const { items } of pages(ask)) {
          for (const model of understood(items, registeredModelWire, 'registered model', passOver)) {
            if (!seen.has(model.name)) {
              seen.add(model.name);
              yield* untilPassedOver(whole(model), 'registered model', model.name, passOver);
            }
          }
        }
      }
    },
    async registeredModel(name) {
      const found = await orUndefined(client.get('/registered-models/get', { name }, z.object({ registered_model: registeredModelWire })));
      return found === undefined ? undefined : withVersions(found.registered_model);
    },
  };
}
