import type { Database } from '../../platform/database/database.ts';
import type { ReadStores } from '../../tracking/local/readStores.ts';
import { createAliases } from './aliases.ts';
import { createVersionReader } from './contractVersion.ts';
import { createModelVersions } from './modelVersions.ts';
import { createRegisteredModels } from './registeredModels.ts';
import { createRegistrySearch } from './search.ts';

/** Reads of the companion's own routes of the registry that take longer the more versions there are; each answers the output of its route. */
export type RegistryRead = { readonly surface: 'registry' } & (
  | { readonly read: 'models' }
  | { readonly read: 'model'; readonly name: string }
);

const modelsPerPiece = 20;
/** As SQLite has it. */
const noLimit = -1;

/** Answers reads as pieces of JSON text, each made when it is asked for; the last is returned. */
export function createRegistryReads(database: Database, tracking: ReadStores): (read: RegistryRead) => AsyncIterator<string, string> {
  const models = createRegisteredModels(database);
  const search = createRegistrySearch(database);
  const reader = createVersionReader({ tracking, models, versions: createModelVersions(database, models), aliases: createAliases(database) });

  const one = (name: string): AsyncIterator<string, string> => ({
    next: async () => ({ done: true, value: JSON.stringify(await reader.model(models.find(name))) }),
  });

  async function* list(): AsyncGenerator<string, string> {
    const rows = search.models({ orderBy: ['last_updated_timestamp DESC'], limit: noLimit });
    let text = '{"models":[';
    for (let start = 0; start < rows.length; start += modelsPerPiece) {
      if (start > 0) {
        yield text;
        text = ',';
      }
      const described = await Promise.all(rows.slice(start, start + modelsPerPiece).map((row) => reader.model(row)));
      text += described.map((model) => JSON.stringify(model)).join(',');
    }
    return `${text}]}`;
  }

  return (read) => (read.read === 'models' ? list() : one(read.name));
}
