import { createHash } from 'node:crypto';
import path from 'node:path';
import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import { PackageURL } from 'packageurl-js';
import type { Release } from '../contract/releases.ts';
import { parseLock, type PinnedPackage } from './environments/requirements.ts';

/** What the document names, so that nobody takes it for more. */
const covers = 'the Python packages of the environment, the model and its data references; not the packages of a base image';

/**
 * Software bill of materials of a release as CycloneDX 1.6 JSON (https://cyclonedx.org/docs/1.6/json/). The same release has the same document.
 * @param lockText text of its environment lock, for the hashes of files that may be installed; undefined where it is gone: names and versions remain
 */
export function sbomOf(release: Release, lockText: string | undefined): string {
  const { digest, model, data, environment } = release;
  const sha256 = (content: string): InstanceType<typeof Models.HashDictionary> => new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], content]]);

  const bom = new Models.Bom({ version: 1, serialNumber: `urn:uuid:${uuidOf(digest)}` });
  const root = new Models.Component(Enums.ComponentType.MachineLearningModel, model.name, {
    bomRef: `release:${digest}`,
    version: String(model.version),
    properties: new Models.PropertyRepository(
      Object.entries({ release: digest, model: model.digest, flavor: model.flavor, python: environment.python, platform: environment.platform, lock: environment.sha256 }).map(
        ([name, value]) => new Models.Property(`slipway:${name}`, value),
      ),
    ),
  });
  for (const file of model.files) {
    root.components.add(new Models.Component(Enums.ComponentType.File, file.path, { bomRef: `file:${file.path}`, hashes: sha256(file.sha256) }));
  }
  bom.metadata.timestamp = new Date(release.createdAt);
  bom.metadata.component = root;
  bom.metadata.properties.add(new Models.Property('slipway:covers', covers));

  for (const { name, version, hashes } of packagesOf(release, lockText)) {
    const purl = new PackageURL('pypi', undefined, name, version).toString();
    const component = new Models.Component(Enums.ComponentType.Library, name, { bomRef: purl, version, purl });
    for (const hash of hashes) {
      component.externalReferences.add(new Models.ExternalReference(`https://pypi.org/project/${name}/${version}/`, Enums.ExternalReferenceType.Distribution, { hashes: sha256(hash) }));
    }
    bom.components.add(component);
    root.dependencies.add(component.bomRef);
  }
  for (const { path: file, sha256: content } of data) {
    const component = new Models.Component(Enums.ComponentType.Data, path.basename(file), { bomRef: `data:${content}`, hashes: sha256(content) });
    bom.components.add(component);
    root.dependencies.add(component.bomRef);
  }
  return new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)).serialize(bom, { sortLists: true, space: 2 });
}

function packagesOf({ environment }: Release, lockText: string | undefined): readonly PinnedPackage[] {
  return lockText === undefined ? environment.packages.map((each) => ({ ...each, hashes: [] })) : parseLock(lockText);
}

/** A UUID that the digest alone decides (RFC 9562, version 8). */
function uuidOf(digest: string): string {
  const hex = createHash('sha256').update(`sbom ${digest}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
