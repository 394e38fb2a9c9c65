import { execFileSync } from 'node:child_process';
import type { Settings } from '../../server/contract/settings.ts';
import { ensureBaseImage } from '../setup/baseImage.ts';
import { findEngine } from '../setup/docker.ts';
import type { Transcript } from './transcript.ts';

export interface ChosenTarget {
  readonly target: 'process' | 'docker';
  /** What the companion needs to reach it. */
  readonly settings: Partial<Settings>;
}

const inAProcess: ChosenTarget = { target: 'process', settings: {} };

/**
 * The target that was asked for; without a wish a container where an engine answers, else a local process.
 * @param python the kernel's interpreter, whose version the base image should have
 */
export async function chooseTarget(asked: 'process' | 'docker' | undefined, python: string, transcript: Transcript): Promise<ChosenTarget> {
  if (asked === 'process') {
    return inAProcess;
  }
  const engine = await findEngine();
  if (engine === undefined) {
    if (asked === 'docker') {
      throw new Error('--target docker: no container engine answers. Start Docker or Podman, or set DOCKER_HOST.');
    }
    transcript.lines('No container engine answers: replicas run as local processes.');
    return inAProcess;
  }
  try {
    Object.assign(process.env, engine);
    const baseImage = await ensureBaseImage(`python:${minorVersion(python)}-slim`);
    const dockerHost = engine['DOCKER_HOST'];
    return { target: 'docker', settings: { baseImage, ...(dockerHost === undefined ? {} : { dockerHost }) } };
  } catch (error) {
    if (asked === 'docker') {
      throw error;
    }
    transcript.lines(`${error instanceof Error ? error.message : String(error)}\nReplicas run as local processes.`);
    return inAProcess;
  }
}

function minorVersion(python: string): string {
  return execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }).trim();
}
