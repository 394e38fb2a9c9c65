import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { DeclaredSetting } from '../../../server/contract/settings.ts';
import { configuration, restrictedConfigurations, settingsTable } from '../../setup/settingsTexts.ts';

const port: DeclaredSetting = {
  schema: z.number().int().min(1).max(65535),
  default: 80,
  section: 'Endpoints',
  description: 'Port of it.',
  variable: 'SLIPWAY_PORT',
  contributedAs: 'gate.port',
  companionName: 'gatewayPort',
};
const place: DeclaredSetting = { schema: z.string().min(1), default: 'here', section: 'Endpoints', description: 'Where.', contributedAs: 'place', choices: { here: 'This | place.', there: 'Another.' } };
const words: DeclaredSetting = { schema: z.array(z.string()), default: [], section: 'Notebooks', description: 'Words.', contributedAs: 'words', perFolder: true, restricted: true };
const address: DeclaredSetting = { schema: z.string(), default: '', section: 'Endpoints', description: 'Where to.', contributedAs: 'address', pattern: { expression: '^h', message: 'Begins with h.' } };

describe('what is written of the settings', () => {
  it('is the contribution to VS Code: sections in their order, with types, limits, choices and scopes', () => {
    assert.deepEqual(configuration([port, place, words, address]), [
      {
        title: 'Notebooks',
        order: 0,
        properties: { 'slipway.words': { scope: 'resource', type: 'array', items: { type: 'string' }, default: [], markdownDescription: 'Words.', order: 0 } },
      },
      {
        title: 'Endpoints',
        order: 2,
        properties: {
          'slipway.gate.port': { scope: 'machine', type: 'integer', minimum: 1, maximum: 65535, default: 80, markdownDescription: 'Port of it.', order: 0 },
          'slipway.place': { scope: 'machine', type: 'string', enum: ['here', 'there'], enumDescriptions: ['This | place.', 'Another.'], default: 'here', markdownDescription: 'Where.', order: 1 },
          'slipway.address': { scope: 'machine', type: 'string', pattern: '^h', patternErrorMessage: 'Begins with h.', default: '', markdownDescription: 'Where to.', order: 2 },
        },
      },
    ]);
    assert.deepEqual(restrictedConfigurations([port, words]), ['slipway.words']);
  });

  it('is the table of the README: defaults, other names, and what each value means', () => {
    assert.deepEqual(settingsTable([port, place, words, address]).split('\n'), [
      '| setting | default | `slipway config`, variable | meaning |',
      '| --- | --- | --- | --- |',
      '| `slipway.words` | `[]` |  | Words. |',
      '| `slipway.gate.port` | `80` | `gatewayPort`, `SLIPWAY_PORT` | Port of it. |',
      '| `slipway.place` | `here` |  | Where. `here`: This \\| place. `there`: Another. |',
      '| `slipway.address` | empty |  | Where to. |',
    ]);
  });
});
