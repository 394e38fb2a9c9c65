import { Router } from 'express';
import { cardStatementName, modelCardRoutes, statementTag } from '../contract/modelCard.ts';
import type { EndpointSummary } from '../contract/deployments.ts';
import { readinessRoutes, type ModelReadiness } from '../contract/readiness.ts';
import { registryRoutes } from '../contract/registry.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';
import { wholeAnswer } from '../platform/http/wholeAnswer.ts';
import { collectModelCard, type DocumentSources } from './modelCard.ts';
import { readinessOf } from './readiness.ts';

/** What is written down of models for people: their cards, and what they lack. */
export function createDocuments(sources: DocumentSources): Feature {
  const router = Router();
  const readinessOfVersion = async (name: string, version: number, endpoints: readonly EndpointSummary[]): Promise<ModelReadiness> => {
    const card = await collectModelCard(name, version, sources);
    return readinessOf({
      card,
      endpoints,
      driftJudged: card.watched.some(({ verdict }) => verdict !== null && verdict.kind !== 'not-evaluated'),
      hasLabels: endpoints.some((endpoint) => sources.hasLabels(endpoint.name)),
      channels: sources.channels(),
      owners: sources.owners(name),
    });
  };
  implementAll(router, modelCardRoutes, {
    getModelCard: ({ name, version }) => collectModelCard(name, version, sources),
    async writeCardStatements({ name, version, statements }, { caller }) {
      const given = Object.entries(statements).map(([statement, text]) => [cardStatementName.parse(statement), text.trim()] as const);
      await sources.tagVersion(name, version, Object.fromEntries(given.map(([statement, text]) => [statementTag(statement), text])));
      sources.audit.append({ actor: caller, action: 'card.written', subject: name, detail: { version, statements: given.map(([statement]) => statement) } });
      return collectModelCard(name, version, sources);
    },
  });
  implementAll(router, readinessRoutes, {
    async listReadiness({ model }, call) {
      const { models } = await wholeAnswer(await sources.models(call), (value) => registryRoutes.listModels.output.parse(value));
      const chosen = model === undefined ? models : models.filter(({ name }) => name === model);
      if (model !== undefined && chosen.length === 0) {
        throw new Problem('not-found', `There is no registered model ${model}.`, { field: 'model', remedy: '"slipway models" lists them.' });
      }
      const found: ModelReadiness[] = [];
      for (const { name, versions } of chosen) {
        const endpoints = sources.endpoints().filter((endpoint) => endpoint.model === name && endpoint.liveVersion !== undefined);
        const version = endpoints[0]?.liveVersion ?? Math.max(...versions.map((each) => each.version));
        if (versions.some((each) => each.version === version)) {
          found.push(await readinessOfVersion(name, version, endpoints.filter((endpoint) => endpoint.liveVersion === version)));
        }
      }
      return { models: found };
    },
  });
  return { router };
}
