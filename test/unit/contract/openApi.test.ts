import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { api } from '../../../server/contract/api.ts';
import { openApiDocument } from '../../../server/contract/openApi.ts';

const parametersOf = (value: unknown): { name: string; in: string; required: boolean; schema: object }[] =>
  z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: z.looseObject({}) })).parse(value ?? []);

describe('the OpenAPI document', () => {
  const document = openApiDocument('1.2.3');
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

  it('has every call once, by its name', () => {
    const names = operations.map(({ operationId }) => operationId);
    assert.deepEqual(names.toSorted(), Object.keys(api).toSorted());
    assert.equal(document.info.version, '1.2.3');
  });

  it('fills the path, puts the rest of a read into the query, and the rest of a change into the body', () => {
    const read = document.paths['/api/slipway/v1/endpoints/{name}/monitoring']?.['get'];
    assert.ok(read !== undefined, Object.keys(document.paths).join('\n'));
    const parameters = parametersOf(read['parameters']);
    assert.deepEqual(
      parameters.map(({ name, in: place, required }) => [name, place, required]),
      [
        ['name', 'path', true],
        ['from', 'query', false],
        ['to', 'query', false],
        ['release', 'query', false],
        ['windows', 'query', false],
      ],
    );
    const change = document.paths['/api/slipway/v1/endpoints/{name}']?.['delete'];
    assert.equal(change?.['requestBody'], undefined);
  });

  it('says of each path parameter what it is', () => {
    for (const { operationId, parameters } of operations) {
      for (const { name, in: place, schema } of parametersOf(parameters)) {
        assert.ok(place !== 'path' || Object.keys(schema).length > 0, `${String(operationId)}: ${name}`);
      }
    }
  });

  it('knows no reference that it does not hold', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    for (const path of new Set(references)) {
      const found = path.split('/').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), document);
      assert.ok(found !== undefined, path);
    }
  });
});
