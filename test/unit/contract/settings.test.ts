import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { declaredSettings, readWindowSettings, settingFromText, settingNames, settings, settingsRoutes, type Settings } from '../../../server/contract/settings.ts';
import { createEventHub } from '../../../server/platform/http/events.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { createSettings } from '../../../server/platform/settings.ts';

const defaults: Readonly<Record<string, unknown>> = settings.parse({});

describe('a setting', () => {
  it('has a default that its own schema allows, and no other has its name', () => {
    for (const { schema, default: fallback, contributedAs } of declaredSettings) {
      assert.deepEqual(schema.safeParse(fallback), { success: true, data: fallback }, contributedAs);
    }
    const names = declaredSettings.map(({ contributedAs }) => contributedAs);
    assert.deepEqual(names, [...new Set(names)]);
  });

  it('is what a text of the command line says where that is of its type', () => {
    assert.equal(settingFromText('gatewayPort', '6001'), 6001);
    assert.deepEqual([settingFromText('gatewayPort', 'many'), settingFromText('gatewayPort', ' ')], [undefined, undefined]);
    assert.equal(settingFromText('python', '3'), '3');
  });
});

describe('a setting of the companion', () => {
  it('has its default in the answer of a companion that does not know it', () => {
    const older = Object.fromEntries(Object.entries(defaults).filter(([name]) => name !== 'keptReleases'));
    assert.deepEqual(settings.parse(older), defaults);
  });

  it('stays as it is where a change leaves it out', () => {
    assert.deepEqual(settingsRoutes.changeSettings.input.parse({ keptReleases: 7 }), { keptReleases: 7 });
    assert.equal(settingsRoutes.changeSettings.input.safeParse({ keptReleases: 0 }).success, false);
  });

  it('is overridden by its environment variable, as a number where it is one', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'slipway-settings-'));
    const inForce = (environment: NodeJS.ProcessEnv): Settings => createSettings(describeHome(root), createEventHub(), () => undefined, environment).current();
    try {
      assert.deepEqual(inForce({}), defaults);
      const { gatewayPort, trackingUri, python } = inForce({ SLIPWAY_GATEWAY_PORT: '6001', SLIPWAY_TRACKING_URI: 'https://mlflow.example.com', SLIPWAY_PYTHON: '' });
      assert.deepEqual([gatewayPort, trackingUri, python], [6001, 'https://mlflow.example.com', '']);
      assert.throws(() => inForce({ SLIPWAY_GATEWAY_PORT: 'many' }), { reason: 'invalid-input', field: 'gatewayPort' });
      assert.deepEqual(Object.keys(inForce({})), settingNames);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('a setting of a window', () => {
  it('is what VS Code holds, and its default where that is nothing that it can be', () => {
    const held: Readonly<Record<string, unknown>> = { 'capture.enabled': false, 'capture.exclude': '**/scratch/*', home: '/data', 'companion.port': 70_000 };
    assert.deepEqual(readWindowSettings((name) => held[name]), { 'capture.enabled': false, 'capture.exclude': [], home: '/data', 'companion.autoStart': true, 'companion.port': 0, connectKernels: true });
  });
});
