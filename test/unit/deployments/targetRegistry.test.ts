import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingNames, settingOf, settings as settingsSchema, type Settings } from '../../../server/contract/settings.ts';
import { createTargets, describeTarget, requireDefaultTarget, requireTarget, targetEntries } from '../../../server/deployments/targets/targets.ts';
import type { TargetEntry, TargetOperations, TargetParts } from '../../../server/deployments/targets/target.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { Problem } from '../../../server/platform/errors.ts';

const unused = (): never => {
  throw new Error('not asked for here');
};

function entry(kind: string, available: boolean): TargetEntry {
  const operations: TargetOperations = {
    status: () => Promise.resolve({ available, detail: `${kind} ${available ? 'answers' : 'is away'}.` }),
    prepare: unused,
    hasEnvironment: unused,
    isolationOf: unused,
    start: unused,
    observe: unused,
    stop: unused,
    logs: unused,
    forget: unused,
    endUnknown: unused,
  };
  return { kind, label: `The ${kind}`, icon: 'cloud', replicaNoun: 'pod', isolation: '', buildsImages: true, settings: [], create: () => operations };
}

function parts(settings: Partial<Settings> = {}): TargetParts {
  const current = settingsSchema.parse(settings);
  const releases = { get venvs() { return unused(); }, get images() { return unused(); } };
  return { home: describeHome('/nowhere'), settings: () => current, releases, imagesSettled: () => Promise.resolve(), ended: unused };
}

describe('the targets', () => {
  it('are refused by the names that exist where a request names another', () => {
    assert.throws(
      () => requireTarget('moon'),
      (error) => Problem.is(error, 'invalid-input') && error.field === 'target' && error.remedy === 'The targets are docker, process.',
    );
    assert.throws(() => requireDefaultTarget('moon'), (error) => Problem.is(error, 'invalid-input') && error.field === 'defaultTarget' && /auto, docker, process/.test(error.remedy ?? ''));
    for (const kind of ['auto', 'docker', 'process']) {
      requireDefaultTarget(kind);
    }
  });

  it('give a new endpoint the first that is available, or the one that the setting names', async () => {
    const entries = [entry('cluster', false), entry('box', true), entry('desk', true)];
    assert.equal((await createTargets(parts(), entries).byDefault()).kind, 'box');
    await assert.rejects(createTargets(parts(), [entry('cluster', false)]).byDefault(), (error) => Problem.is(error, 'unavailable') && error.message.includes('cluster is away.'));
    assert.equal((await createTargets(parts({ defaultTarget: 'process' })).byDefault()).kind, 'process');
  });

  it('say which there are for a replica of one that a newer version wrote, and call it by its kind', () => {
    assert.throws(() => createTargets(parts()).of('moon'), (error) => Problem.is(error, 'unavailable') && error.remedy === 'It has docker, process.');
    assert.deepEqual(describeTarget('moon'), { label: 'moon', replicaNoun: 'moon' });
  });

  it('name settings that exist, and are what the editor offers for the default', () => {
    assert.deepEqual(targetEntries.flatMap(({ settings }) => settings.filter((name) => !settingNames.includes(name))), []);
    assert.deepEqual(Object.keys(settingOf('defaultTarget').choices ?? {}).sort(), ['auto', ...targetEntries.map(({ kind }) => kind)].sort());
  });
});
