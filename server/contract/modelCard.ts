import { z } from 'zod';
import { incident } from './alerts.ts';
import { performancePart } from './performance.ts';
import { modelVersion } from './registry.ts';
import { route } from './route.ts';
import { digest, endpointName, timestamp } from './values.ts';

/** What only a person knows of a version, and how they are asked for it. */
export const cardStatements = {
  owner: 'Who answers for the model, and how they are reached',
  'intended-use': 'What it is meant for, and who uses it',
  'out-of-scope': 'What it must not be used for',
  limits: 'Where it is known to be wrong, and what follows from a mistake',
  fairness: 'Whom it could treat worse than others, and what was done about it',
  oversight: 'Who looks at its answers, and how they can be overruled',
  runbook: 'What one does when it is not well: a text or an address',
  license: 'Its licence, as an SPDX id such as apache-2.0',
} as const;
export const cardStatementName = z.enum(Object.keys(cardStatements) as [CardStatement, ...CardStatement[]]);
export type CardStatement = keyof typeof cardStatements;

/** The tag of a version that keeps a statement, so that it goes where the version goes. */
export function statementTag(name: CardStatement): string {
  return `slipway.card.${name}`;
}

/** A release in which the version has been, and when it was live on an endpoint. */
const served = z.object({
  endpoint: endpointName,
  release: digest,
  from: timestamp,
  until: timestamp.optional(),
});

/** What monitoring says of the version on an endpoint on which it is live. */
const watched = z.object({
  endpoint: endpointName,
  from: timestamp,
  to: timestamp,
  /** To the endpoint, whichever release answered. */
  requests: z.number(),
  errors: z.number(),
  /** Null where the endpoint has no windows of it yet. */
  verdict: z.object({ kind: z.string(), sentence: z.string(), advice: z.string().nullable() }).nullable(),
  /** Of the predictions of its live release alone; null where there are none. */
  performance: performancePart.nullable(),
  incidents: z.array(incident),
});

/** All that is known of a version, and what people have said of it. */
export const modelCard = z.object({
  madeAt: timestamp,
  version: modelVersion,
  statements: z.partialRecord(cardStatementName, z.string()),
  served: z.array(served),
  watched: z.array(watched),
});
export type ModelCard = z.infer<typeof modelCard>;

const versionKey = z.object({ name: z.string(), version: z.coerce.number().int().positive() });

export const modelCardRoutes = {
  getModelCard: route({
    method: 'GET',
    path: '/models/:name/versions/:version/card',
    summary: 'What is known of a version, for its model card: data, metrics, environment, monitoring, incidents, and what people have said',
    input: versionKey,
    output: modelCard,
  }),
  writeCardStatements: route({
    method: 'POST',
    path: '/models/:name/versions/:version/card',
    summary: 'Keep with a version what only people know of it; an empty text takes a statement back',
    input: versionKey.extend({ statements: z.partialRecord(cardStatementName, z.string().max(5000)).refine((given) => Object.keys(given).length > 0, 'say at least one thing') }),
    output: modelCard,
  }),
};
