import { readFile } from 'node:fs/promises';
import type { Signature } from '../../contract/registry.ts';
import { useFile } from '../../artifacts/blobs.ts';
import type { ArtifactReader } from './artifacts.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { LoggedModelRow } from './loggedModels.ts';
import { emptyMlmodel, pythonOf, readMlmodel, readRequirements } from '../../models/models.ts';

/** What a run's last model says about what it needs. */
export interface RunModel {
  /** Versions by name, `any` where none is pinned. */
  readonly packages: Readonly<Record<string, string>>;
  readonly python: string | undefined;
  readonly signature: Signature | undefined;
}

/** More would be no description. */
const mostBytes = 1 << 20;

/** Reads the requirements and the signature that a run's last model was logged with; empty without a model. */
export async function readRunModel(model: LoggedModelRow | undefined, artifacts: ArtifactReader): Promise<RunModel> {
  const root = model === undefined ? undefined : pathOfUri(model.artifact_uri);
  const read = async (name: string): Promise<string> => {
    const file = root === undefined ? undefined : artifacts.find(`${root}/${name}`);
    return file === undefined || file.bytes > mostBytes ? '' : useFile(artifacts.materialize(file), (content) => readFile(content, 'utf8')).catch(() => '');
  };
  const [requirements, environment, mlmodel] = await Promise.all([read('requirements.txt'), read('python_env.yaml'), read('MLmodel')]);
  return runModelOf(requirements, environment, mlmodel);
}

/** What a model's `requirements.txt`, `python_env.yaml` and `MLmodel` say; empty texts say nothing. */
export function runModelOf(requirements: string, environment: string, mlmodel: string): RunModel {
  const { signature, python } = readMlmodel(mlmodel) ?? emptyMlmodel;
  return { packages: pinnedVersions(requirements.split('\n')), python: pythonOf(environment) ?? python, signature };
}

/** Versions by the lower-case name of each requirement, `any` where none is pinned. */
export function pinnedVersions(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(readRequirements(lines.join('\n')).map(({ name, pinned }) => [name.toLowerCase(), pinned ?? 'any']));
}
