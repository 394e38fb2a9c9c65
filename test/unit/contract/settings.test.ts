import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { contributedName, settingFacts, settingNames, settings, type Settings } from '../../../server/contract/settings.ts';
import { createEventHub } from '../../../server/platform/http/events.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { createSettings } from '../../../server/platform/settings.ts';

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const contribution = z.looseObject({ type: z.string(), default: z.unknown(), scope: z.string(), minimum: z.number().optional(), maximum: z.number().optional(), minLength: z.number().optional() });
const { contributes } = z
  .object({ contributes: z.object({ configuration: z.object({ properties: z.record(z.string(), contribution) }) }) })
  .parse(JSON.parse(read('package.json')));
const readme = read('README.md');

describe('a setting of the companion', () => {
  const defaults: Readonly<Record<string, unknown>> = settings.parse({});

  it('is contributed to VS Code with the type, the limits and the default of its declaration, for the machine alone', () => {
    for (const name of settingNames) {
      const contributed = contributes.configuration.properties[`slipway.${contributedName(name)}`];
      assert.ok(contributed !== undefined, name);
      const { type, minimum, maximum, minLength } = z.looseObject({ type: z.string(), minimum: z.number().optional(), maximum: z.number().optional(), minLength: z.number().optional() }).parse(z.toJSONSchema(settings.shape[name].unwrap()));
      assert.deepEqual([name, contributed.type, contributed.default, contributed.minimum, contributed.maximum, contributed.scope], [name, type, defaults[name], minimum, maximum, 'machine']);
      if (contributed.minLength !== undefined) {
        assert.equal(contributed.minLength, minLength, name);
      }
    }
  });

  it('is overridden by its environment variable, as a number where it is one', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'slipway-settings-'));
    const inForce = (environment: NodeJS.ProcessEnv): Settings => createSettings(describeHome(root), createEventHub(), () => undefined, environment).current();
    try {
      assert.deepEqual(inForce({}), defaults);
      const { gatewayPort, trackingUri, python } = inForce({ SLIPWAY_GATEWAY_PORT: '6001', SLIPWAY_TRACKING_URI: 'https://mlflow.example.com', SLIPWAY_PYTHON: '' });
      assert.deepEqual([gatewayPort, trackingUri, python], [6001, 'https://mlflow.example.com', '']);
      assert.throws(() => inForce({ SLIPWAY_GATEWAY_PORT: 'many' }), { reason: 'invalid-input', field: 'gatewayPort' });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('stands in the table of the README with its default, and so does the variable that overrides it', () => {
    for (const name of settingNames) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`slipway.${contributedName(name)}\``));
      assert.ok(row !== undefined, name);
      const told = defaults[name] === '' ? 'empty' : `\`${String(defaults[name])}\``;
      assert.equal(row.split('|')[2]?.trim(), told, name);
      const { variable } = settingFacts.get(settings.shape[name]) ?? {};
      assert.ok(variable === undefined || readme.includes(`\`${variable}\``), name);
    }
  });
});
