import { z } from 'zod';
import { api, type CallName } from './api.ts';
import { errorBody } from './errors.ts';
import { apiPrefix, type Route } from './route.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: unknown;
}

/** An OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0): the part of it that is made here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: JsonSchema;
}

const description = [
  'The API of the companion. It listens on loopback alone; its port and token stand in `companion.json` of the data home.',
  'The MLflow REST API, which it also answers, is documented by MLflow.',
].join(' ');

const jsonContent = (schema: unknown): JsonSchema => ({ 'application/json': { schema } });

/**
 * Describes every call of the companion's own API.
 * @param version of the build that the document is about
 */
export function openApiDocument(version: string): OpenApiDocument {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const name of callNames()) {
    const route: Route = api[name];
    const path = `${apiPrefix}${route.path.replace(/:(\w+)/g, '{$1}')}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Slipway companion', version, description },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: schemaOf(errorBody, 'output') },
      responses: { Error: { description: 'Why the call was refused or failed', content: jsonContent({ $ref: '#/components/schemas/Error' }) } },
    },
  };
}

function callNames(): CallName[] {
  const isCall = (name: string): name is CallName => Object.hasOwn(api, name);
  return Object.keys(api).filter(isCall);
}

function operation(name: string, { method, path, summary, input, output }: Route): JsonSchema {
  const schema = schemaOf(input, 'input');
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, key = '']) => key);
  const hasBody = method === 'POST' || method === 'PUT';
  const parameters = parametersOf(schema, inPath, hasBody);
  const body = hasBody ? bodyOf(schema, inPath) : undefined;
  return {
    operationId: name,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonContent(body) } }),
    responses: {
      200: { description: 'Done', content: jsonContent(schemaOf(output, 'output')) },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

/** What is filled into the path, and for calls without a body the rest of the input as the query. */
function parametersOf(schema: JsonSchema, inPath: readonly string[], hasBody: boolean): Parameter[] {
  const properties = recordOf(schema['properties']);
  const required = namesOf(schema['required']);
  const fromPath = inPath.map((name): Parameter => ({ name, in: 'path', required: true, schema: properties[name] ?? { type: 'string' } }));
  const inQuery = hasBody ? [] : Object.entries(properties).filter(([name]) => !inPath.includes(name));
  return [...fromPath, ...inQuery.map(([name, value]): Parameter => ({ name, in: 'query', required: required.includes(name), schema: value }))];
}

/** The input without what stands in the path; undefined when nothing is left. Alternatives are passed on whole. */
function bodyOf(schema: JsonSchema, inPath: readonly string[]): JsonSchema | undefined {
  if (schema['properties'] === undefined) {
    return schema;
  }
  const properties = Object.fromEntries(Object.entries(recordOf(schema['properties'])).filter(([name]) => !inPath.includes(name)));
  if (Object.keys(properties).length === 0) {
    return undefined;
  }
  const required = namesOf(schema['required']).filter((name) => !inPath.includes(name));
  return { ...without(schema, 'required'), properties, ...(required.length === 0 ? {} : { required }) };
}

function schemaOf(type: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return without(z.toJSONSchema(type, { io, unrepresentable: 'any' }), '$schema');
}

function without(record: Readonly<Record<string, unknown>>, key: string): JsonSchema {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
