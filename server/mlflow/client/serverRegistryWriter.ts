import { z } from 'zod';
import { newEntries, originTag } from './missing.ts';
import type { MlflowClient } from './mlflowClient.ts';
import type { CarriedVersion } from './carried.ts';
import type { StoreWriter } from './storeWriter.ts';
import type { StoreReader } from './storeReader.ts';
import { nothing, pairs } from './answers.ts';

/** Sources that mean the same on the server; a version of another registered model (`models:/name/1`) may not be there yet, or be another one. */
const namesById = /^(?:runs:\/|models:\/+m-)/;

/** Names a version for good, also where another model of the same name exists. */
function originOf(name: string, { version, createdAt }: CarriedVersion): string {
  return `${name}/${version}@${createdAt}`;
}

/** Writes registered models to an MLflow server. Versions get the numbers that they have here, where that can be. */
export function createServerRegistryWriter(client: MlflowClient, reader: StoreReader): StoreWriter['registeredModel'] {
  const post = <S extends z.ZodType>(path: string, body: object, answer: S): Promise<z.output<S>> => client.send('POST', path, body, answer);

  const setStage = async (name: string, version: number, stage: string): Promise<void> => {
    if (stage !== 'None') {
      await post('/model-versions/transition-stage', { name, version: String(version), stage, archive_existing_versions: false }, nothing);
    }
  };
  const createVersion = async (name: string, version: CarriedVersion): Promise<number> => {
    const tags = new Map(version.tags).set(originTag, originOf(name, version));
    const { model_version: made } = await post(
      '/model-versions/create',
      {
        name,
        source: version.location === '' || namesById.test(version.source) ? version.source : version.location,
        tags: pairs(tags),
        ...(version.runId === undefined ? {} : { run_id: version.runId }),
        ...(version.modelId === undefined ? {} : { model_id: version.modelId }),
        ...(version.runLink === undefined ? {} : { run_link: version.runLink }),
        ...(version.description === undefined ? {} : { description: version.description }),
      },
      z.object({ model_version: z.object({ version: z.coerce.number() }) }),
    );
    return made.version;
  };
  const deleteVersion = (name: string, version: number): Promise<object> => client.send('DELETE', '/model-versions/delete', { name, version: String(version) }, nothing);
  /** Makes a version under the number that it has here: where lower ones were deleted, it takes and deletes those first. */
  const placeVersion = async (name: string, version: CarriedVersion): Promise<number> => {
    for (;;) {
      const number = await createVersion(name, version);
      if (number >= version.version) {
        await setStage(name, number, version.stage);
        return number;
      }
      await deleteVersion(name, number);
    }
  };
  /** A number that was taken by a version of a higher one, by a transfer that was killed before it was deleted. */
  const isLeftover = (name: string, { version, tags }: CarriedVersion): boolean => {
    const origin = tags.get(originTag) ?? '';
    return origin.startsWith(`${name}/`) && !origin.startsWith(`${name}/${version}@`);
  };

  return async (model) => {
    const there = await reader.registeredModel(model.name);
    if (there === undefined) {
      const { name, description, tags } = model;
      await post('/registered-models/create', { name, tags: pairs(tags), ...(description === undefined ? {} : { description }) }, nothing);
    } else {
      for (const [key, value] of newEntries(model.tags, there.tags)) {
        await post('/registered-models/set-tag', { name: model.name, key, value }, nothing);
      }
    }
    const findings: string[] = [];
    const known = new Map(there?.versions.map((version) => [version.version, version]));
    const foreign = new Set<number>();
    let highest = Math.max(0, ...known.keys());
    let versions = 0;
    for (const version of model.versions) {
      const other = known.get(version.version);
      if (other !== undefined) {
        // A transfer that was killed may have come no further.
        if (version.deleted && isLeftover(model.name, other)) {
          await deleteVersion(model.name, version.version);
        } else if (!version.deleted && other.tags.get(originTag) !== originOf(model.name, version)) {
          foreign.add(version.version);
          findings.push(`version ${version.version} is another one there: not exported`);
        } else if (!version.deleted && other.stage === 'None') {
          await setStage(model.name, version.version, version.stage);
        }
      } else if (version.version > highest) {
        highest = version.version;
        if (version.deleted) {
          continue;
        }
        const number = await placeVersion(model.name, version);
        versions += 1;
        if (number !== version.version) {
          foreign.add(version.version);
          findings.push(`version ${version.version} has the number ${number} there`);
        }
      } else if (!version.deleted) {
        foreign.add(version.version);
        findings.push(`version ${version.version} was deleted there: not exported again`);
      }
    }
    const last = model.versions.at(-1);
    if (there === undefined && last?.deleted === true) {
      // Its number is not given again.
      await placeVersion(model.name, { ...last, source: 's3://deleted/version' });
      await deleteVersion(model.name, last.version);
    }
    let aliases = 0;
    for (const [alias, version] of model.aliases) {
      const other = there?.aliases.get(alias);
      if (other === undefined && !foreign.has(version)) {
        await post('/registered-models/alias', { name: model.name, alias, version: String(version) }, nothing);
        aliases += 1;
      } else if (foreign.has(version)) {
        findings.push(`alias "${alias}" names version ${version}, which is another one there: left as it is`);
      } else if (other !== version) {
        findings.push(`alias "${alias}" is version ${other ?? 'none'} there, ${version} here: left as it is`);
      }
    }
    return { outcome: there === undefined ? 'added' : 'present', findings, versions, aliases };
  };
}
