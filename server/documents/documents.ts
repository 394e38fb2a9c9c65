import { Router } from 'express';
import { cardStatementName, modelCardRoutes, statementTag } from '../contract/modelCard.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';
import { collectModelCard, type DocumentSources } from './modelCard.ts';

/** What is written down of models for people: their cards. */
export function createDocuments(sources: DocumentSources): Feature {
  const router = Router();
  implementAll(router, modelCardRoutes, {
    getModelCard: ({ name, version }) => collectModelCard(name, version, sources),
    async writeCardStatements({ name, version, statements }, { caller }) {
      const given = Object.entries(statements).map(([statement, text]) => [cardStatementName.parse(statement), text.trim()] as const);
      await sources.tagVersion(name, version, Object.fromEntries(given.map(([statement, text]) => [statementTag(statement), text])));
      sources.audit.append({ actor: caller, action: 'card.written', subject: name, detail: { version, statements: given.map(([statement]) => statement) } });
      return collectModelCard(name, version, sources);
    },
  });
  return { router };
}
