import type { Database } from '../platform/database/database.ts';
import type { KernelEnvironment } from '../tracking/comparison.ts';
import { pinnedVersions } from '../tracking/local/runModel.ts';
import { createCaptureStore } from './captureStore.ts';

/** Reads what the kernel of a captured run had installed; undefined where that was not recorded. */
export function createKernelEnvironments(database: Database): (captureRunId: string) => KernelEnvironment | undefined {
  const captures = createCaptureStore(database);
  return (captureRunId) => {
    const packages = captures.packages(captureRunId);
    return packages === undefined ? undefined : { python: captures.pythonVersion(captureRunId), packages: pinnedVersions(packages) };
  };
}
