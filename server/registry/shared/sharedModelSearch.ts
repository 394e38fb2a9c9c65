import { z } from 'zod';
import type { MlflowClient } from '../../mlflow/client/mlflowClient.ts';
import { MlflowRefusal } from '../../mlflow/client/mlflowRefusal.ts';
import { Problem } from '../../platform/errors.ts';
import { nameFilter } from '../../mlflow/client/serverRegistryReader.ts';
import { pages, registeredPage, versionPage, withToken } from '../../mlflow/client/pages.ts';
import type { CarriedRegisteredModel } from '../../mlflow/client/carried.ts';
import { registeredModelWire, versionWire } from '../../mlflow/client/answers.ts';
import type { NamedVersion } from './sharedVersions.ts';

const versionsPerPage = 1000;
const noPrompts = "tag.`mlflow.prompt.is_prompt` != 'true'";
const named = z.object({ name: z.string() }).loose();
const namedVersions = versionPage.extend({ model_versions: z.array(named).default([]) });

function toVersion(wire: z.output<typeof named>): NamedVersion {
  return { ...versionWire.parse(wire), name: wire.name };
}

/** Finds registered models and versions of a shared server. */
export interface SharedModelSearch {
  /** Without their versions, the most recently changed first; prompts are not among them. */
  models(): Promise<CarriedRegisteredModel[]>;
  /** @throws Problem `not-found` that names what exists */
  find(name: string): Promise<CarriedRegisteredModel>;
  /** Versions of all models. */
  versions(): Promise<NamedVersion[]>;
  /** The newest first. */
  versionsOf(name: string): Promise<NamedVersion[]>;
  /**
   * @param selector a version number, also as text; an alias with or without `@`; or `latest`
   * @throws Problem `not-found` that names what exists
   */
  select(name: string, selector: number | string): Promise<{ model: CarriedRegisteredModel; version: NamedVersion }>;
}

export function createSharedModelSearch(url: string, client: MlflowClient): SharedModelSearch {
  const versionsWhere = async (filter: string): Promise<NamedVersion[]> => {
    const all: NamedVersion[] = [];
    const ask = (next: string | undefined): Promise<z.output<typeof namedVersions>> =>
      client.get('/model-versions/search', { ...(filter === '' ? {} : { filter }), max_results: String(versionsPerPage), ...withToken(next) }, namedVersions);
    for await (const { model_versions: found } of pages(ask)) {
      all.push(...found.map(toVersion));
    }
    return all.sort((a, b) => b.version - a.version);
  };
  const registered = async (): Promise<CarriedRegisteredModel[]> => {
    const all: CarriedRegisteredModel[] = [];
    const ask = (next: string | undefined): Promise<z.output<typeof registeredPage>> =>
      client.get('/registered-models/search', { filter: noPrompts, max_results: '200', order_by: ['last_updated_timestamp DESC'], ...withToken(next) }, registeredPage);
    for await (const { registered_models: found } of pages(ask)) {
      all.push(...found);
    }
    return all;
  };
  const find = async (name: string): Promise<CarriedRegisteredModel> => {
    try {
      return (await client.get('/registered-models/get', { name }, z.object({ registered_model: registeredModelWire }))).registered_model;
    } catch (error) {
      if (!MlflowRefusal.isMissing(error)) {
        throw error;
      }
      const names = (await registered()).map((model) => model.name);
      throw new Problem('not-found', `There is no registered model "${name}" on ${url}.`, {
        field: 'model',
        remedy: names.length === 0 ? 'Register a model first.' : `Registered models: ${names.slice(0, 20).join(', ')}.`,
      });
    }
  };
  const versionsOf = async (name: string): Promise<NamedVersion[]> => (await versionsWhere(nameFilter(name))).filter((version) => version.name === name);
  const select = async (name: string, selector: number | string): Promise<{ model: CarriedRegisteredModel; version: NamedVersion }> => {
    const [model, versions] = await Promise.all([find(name), versionsOf(name)]);
    const text = String(selector).replace(/^@/, '');
    const number = /^\d+$/.test(text) ? Number(text) : text.toLowerCase() === 'latest' ? versions[0]?.version : model.aliases.get(text);
    const version = versions.find((candidate) => candidate.version === number);
    if (version === undefined) {
      const aliases = [...model.aliases].map(([alias, target]) => `@${alias} (version ${target})`);
      throw new Problem('not-found', `"${name}" has no version or alias "${text}" on ${url}.`, {
        field: 'version',
        remedy: `Aliases: ${aliases.join(', ') || 'none'}. Versions: ${versions.map((each) => each.version).join(', ') || 'none'}.`,
      });
    }
    return { model, version };
  };

  return { models: registered, find, versions: () => versionsWhere(''), versionsOf, select };
}
