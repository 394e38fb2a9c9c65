import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { z } from 'zod';
import type { Release } from '../../../server/contract/releases.ts';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { sbomOf } from '../../../server/releases/sbom.ts';

const [digest, other] = ['a'.repeat(64), 'b'.repeat(64)];
const lockText = `# python 3.11\nnumpy==2.1.0 --hash=sha256:${digest} --hash=sha256:${other}\nscikit-learn==1.6.0 --hash=sha256:${digest}\n`;
const release: Release = {
  digest,
  createdAt: Date.UTC(2026, 0, 2),
  model: { name: 'churn <b>', version: 7, digest: other, flavor: 'sklearn', files: [{ path: 'model.pkl', sha256: other, bytes: 3 }] },
  data: [{ path: '/home/ada/secret project/train.csv', sha256: other, bytes: 10, modifiedAt: 0 }],
  environment: { sha256: other, python: '3.11', platform: 'manylinux_2_36_x86_64', packages: [{ name: 'numpy', version: '2.1.0' }, { name: 'scikit-learn', version: '1.6.0' }] },
  serving: servingConfig.parse({}),
  hasExample: false,
};

const hashes = z.array(z.object({ alg: z.string(), content: z.string() }));
const document = z.object({
  metadata: z.object({ component: z.object({ type: z.string(), name: z.string(), version: z.string(), components: z.array(z.object({ name: z.string(), hashes })) }) }),
  components: z.array(z.object({ purl: z.string().optional(), externalReferences: z.array(z.object({ hashes })).default([]) })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
});

describe('the bill of materials of a release', () => {
  it('is valid CycloneDX 1.6, and names packages, files and data by their hashes', async () => {
    const text = sbomOf(release, lockText);
    assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text), null);
    const { metadata, components, dependencies } = document.parse(JSON.parse(text));
    const { component: model } = metadata;
    assert.deepEqual([model.type, model.name, model.version], ['machine-learning-model', 'churn <b>', '7']);
    assert.deepEqual(model.components, [{ name: 'model.pkl', hashes: [{ alg: 'SHA-256', content: other }] }]);
    const numpy = components.find(({ purl }) => purl === 'pkg:pypi/numpy@2.1.0');
    assert.deepEqual(numpy?.externalReferences.map((file) => file.hashes[0]?.content).sort(), [digest, other]);
    assert.deepEqual(dependencies.find(({ ref }) => ref === `release:${digest}`)?.dependsOn, [`data:${other}`, 'pkg:pypi/numpy@2.1.0', 'pkg:pypi/scikit-learn@1.6.0']);
    assert.ok(!text.includes('/home/ada'), 'folders of the person who trained it go to nobody');
  });

  it('is the same for the same release, and has names and versions where the lock is gone', async () => {
    assert.equal(sbomOf(release, lockText), sbomOf(release, lockText));
    const text = sbomOf(release, undefined);
    assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text), null);
    assert.match(text, /pkg:pypi\/scikit-learn@1\.6\.0/);
  });
});
