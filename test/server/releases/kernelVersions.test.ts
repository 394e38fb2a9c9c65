import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ModelVersion } from '../../../server/contract/registry.ts';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { createReleases } from '../../../server/releases/releases.ts';
import { createCompanionParts, type CompanionParts } from './companionParts.ts';
import { createSampleModels, plainModel, type SampleModels } from './sampleModels.ts';

const captureRunId = 'c'.repeat(32);

describe('a release of a model that a captured notebook trained', () => {
  let parts: CompanionParts;
  let models: SampleModels;
  before(() => {
    parts = createCompanionParts();
    models = createSampleModels();
    models.add('churn', plainModel());
  });
  after(() => {
    parts.close();
    models.close();
  });

  /** The version of a package in the lock of a release, given what the kernel had. */
  const lockedClick = async (kernelPackages: readonly string[], progress: string[] = []): Promise<string | undefined> => {
    const trained = (version: ModelVersion): ModelVersion => ({
      ...version,
      lineage: { ...version.lineage, cell: { notebook: '/notebook.ipynb', captureRunId, cellId: 'train', cellIndex: 0 } },
    });
    const releases = createReleases(parts.context, {
      version: async (name, version) => trained(await models.version(name, version)),
      files: (name, version) => models.files(name, version, undefined, () => undefined, new AbortController().signal),
      blobs: models.blobs,
      kernelPackages: (asked) => (asked === captureRunId ? kernelPackages : undefined),
    });
    const { environment } = await releases.prepare(
      { model: 'churn', version: 1, serving: servingConfig.parse({}), forImage: false },
      (line) => progress.push(line),
      new AbortController().signal,
    );
    return environment.packages.find(({ name }) => name === 'click')?.version;
  };

  it('keeps the versions that the kernel had, also of packages that the model does not name', async () => {
    assert.equal(await lockedClick(['click==8.1.3', 'mine @ file:///somewhere', 'unrelated==1.0']), '8.1.3');
  });

  it('goes without them where they cannot be had, and says so', async () => {
    const progress: string[] = [];
    const version = await lockedClick(['click==8.1.999'], progress);
    assert.ok(version !== undefined && version !== '8.1.999');
    assert.ok(progress.some((line) => line.includes("kernel's versions cannot be kept")), progress.join('\n'));
  });
});
