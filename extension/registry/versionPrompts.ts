import { z } from 'zod';
import { plural } from '../../server/contract/format/plural.ts';
import { tellingMetrics } from '../../server/contract/primaryMetric.ts';
import type { Connection } from '../companion/connection.ts';
import type { ModelVersion, RegisteredModel } from '../../server/contract/registry.ts';
import { subjectAs } from '../vscode/commands.ts';
import { asMetric } from '../vscode/format.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { type Answer, type Choice, chosen, pickOne, type Place } from '../vscode/prompts.ts';
import { liveOn } from './modelsTree.ts';

export const modelSubject = z.object({ model: z.string() });
export const versionSubject = modelSubject.extend({ version: z.number().int() });
export type Version = z.infer<typeof versionSubject>;

/** Names that MLflow accepts for registered models. */
export function checkModelName(name: string): string | undefined {
  if (name.trim() === '') {
    return 'Type a name.';
  }
  return /[/:]/.test(name) ? 'A model name cannot contain "/" or ":".' : undefined;
}

/** Asks for a registered model. */
export async function pickModel(connection: Connection, title: string, place: Place = {}): Promise<Answer<RegisteredModel>> {
  const load = async (): Promise<Choice<RegisteredModel>[]> => {
    const { models } = await connection.call('listModels', {});
    return models.map((model) => ({
      label: model.name,
      description: plural(model.versions.length, 'version'),
      detail: [model.description, ...Object.entries(model.aliases).map(([alias, version]) => `@${alias} ${version}`)].filter((part) => part !== '').join(' · '),
      icon: 'package',
      value: model,
    }));
  };
  return pickOne({ title, placeholder: 'Which model?', ...place }, load());
}

/** Asks for a version of a model. */
export async function pickVersion(connection: Connection, title: string, model: RegisteredModel, place: Place = {}): Promise<Answer<ModelVersion>> {
  const load = async (): Promise<Choice<ModelVersion>[]> => {
    const { endpoints } = await connection.call('listEndpoints', {});
    return [...model.versions]
      .sort((a, b) => b.version - a.version)
      .map((version) => {
        const live = liveOn(version, endpoints);
        const metrics = tellingMetrics(version.metrics, 3).map(([key, value]) => `${key} ${asMetric(value)}`);
        return {
          label: `Version ${version.version}`,
          description: [...version.aliases.map((alias) => `@${alias}`), ...live.map((endpoint) => `live on ${endpoint}`)].join(' · '),
          detail: [...metrics, formatAge(version.createdAt), version.description].filter((part) => part !== '').join(' · '),
          icon: live.length > 0 ? 'broadcast' : 'tag',
          value: version,
        };
      });
  };
  return pickOne({ title, placeholder: `Which version of ${model.name}?`, ...place }, load());
}

/** The version that a command was called on, else the one that the user picks. */
export async function versionOf(connection: Connection, subject: unknown, title: string): Promise<Version | undefined> {
  const given = subjectAs(versionSubject, subject);
  if (given !== undefined) {
    return given;
  }
  const name = subjectAs(modelSubject, subject)?.model;
  const model = name === undefined ? chosen(await pickModel(connection, title)) : await connection.call('getModel', { name });
  const version = model === undefined ? undefined : chosen(await pickVersion(connection, title, model));
  return version === undefined ? undefined : { model: version.name, version: version.version };
}
