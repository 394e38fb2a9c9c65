import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDiskBlobReader } from '../../../server/artifacts/disk/diskBlobs.ts';
import { blobPath } from '../../../server/artifacts/disk/layout.ts';
import type { ModelVersion } from '../../../server/contract/registry.ts';
import { Problem } from '../../../server/platform/errors.ts';
import type { ModelFile } from '../../../server/models/models.ts';
import type { ReleaseSources } from '../../../server/releases/releaseSources.ts';
import { canonicalJson } from '../../../server/platform/canonicalJson.ts';

/** Stored model versions, as the registry would hand them out. */
export interface SampleModels extends ReleaseSources {
  /** Adds the next version of a model from its files. */
  add(name: string, files: Readonly<Record<string, string | Buffer>>, more?: Partial<ModelVersion>): ModelVersion;
  close(): void;
}

export function createSampleModels(): SampleModels {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-blobs-'));
  const versions = new Map<string, { version: ModelVersion; files: readonly ModelFile[] }>();
  const find = (name: string, version: number): { version: ModelVersion; files: readonly ModelFile[] } => {
    const found = versions.get(`${name}/${version}`);
    if (found === undefined) {
      throw new Problem('not-found', `There is no version ${version} of ${name}.`);
    }
    return found;
  };
  return {
    version: (name, version) => find(name, version).version,
    files: (name, version) => find(name, version).files,
    blobs: createDiskBlobReader(folder),
    add(name, content, more = {}) {
      const files = Object.entries(content).map(([file, text]) => {
        const bytes = Buffer.from(text);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const stored = blobPath(folder, sha256);
        mkdirSync(path.dirname(stored), { recursive: true });
        writeFileSync(stored, bytes);
        return { path: file, sha256, bytes: bytes.length };
      });
      const number = [...versions.values()].filter(({ version }) => version.name === name).length + 1;
      const version: ModelVersion = {
        name,
        version: number,
        description: '',
        createdAt: 1,
        aliases: [],
        tags: {},
        digest: createHash('sha256').update(canonicalJson(files)).digest('hex'),
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        flavors: ['sklearn'],
        params: {},
        metrics: {},
        lineage: { data: [] },
        ...more,
      };
      versions.set(`${name}/${number}`, { version, files });
      return version;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** All files of a folder, by their path in it. */
export function filesOf(folder: string): Record<string, Buffer> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(folder, file).replaceAll(path.sep, '/'), readFileSync(file)];
      }),
  );
}

/** The files of a model that no server loads: for what happens before a replica starts. */
export function plainModel(options: { requirements?: string; python?: string; weights?: string } = {}): Record<string, string> {
  const { requirements = 'mlflow==3.1.0\nsix==1.16.0\n', python, weights = 'weights' } = options;
  return {
    MLmodel: [
      'flavors:',
      '  python_function:',
      '    loader_module: mlflow.sklearn',
      '    model_path: model.skops',
      ...(python === undefined ? [] : [`    python_version: ${python}`]),
      '  sklearn:',
      '    pickled_model: model.skops',
      '    serialization_format: skops',
      '    sklearn_version: 1.6.1',
      'saved_input_example_info:',
      '  artifact_path: input_example.json',
      '  pandas_orient: split',
      '  serving_input_path: serving_input_example.json',
      '  type: dataframe',
      '',
    ].join('\n'),
    'model.skops': weights,
    'requirements.txt': requirements,
    'serving_input_example.json': '{"dataframe_split": {"columns": ["age"], "data": [[41]]}}',
  };
}
