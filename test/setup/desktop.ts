import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { aptInstall, canInstallPackages } from './debian.ts';
import { SetupError, cache, step } from './step.mjs';

interface Desktop {
  /** Path of VS Code's own executable. */
  readonly executable: string;
  /** Command line before a program that needs a display. */
  readonly launcher: readonly string[];
}

/**
 * Downloads a desktop VS Code into the cache and sees to a display.
 * @throws SetupError when it cannot be had here
 */
export async function ensureDesktop(): Promise<Desktop> {
  const executable = await step('Downloading VS Code', async () => {
    try {
      return await downloadAndUnzipVSCode({ version: 'stable', cachePath: path.join(cache, 'vscode-desktop'), timeout: 15_000 });
    } catch (error) {
      throw new SetupError(`a desktop VS Code cannot be downloaded: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return { executable, launcher: await display() };
}

async function display(): Promise<string[]> {
  if (process.platform !== 'linux' || (process.env['DISPLAY'] ?? '') !== '' || (process.env['WAYLAND_DISPLAY'] ?? '') !== '') {
    return [];
  }
  if (canInstallPackages()) {
    await aptInstall(['xvfb', 'xauth', 'libgtk-3-0', 'libnss3', 'libgbm1', 'libasound2', 'libxkbfile1', 'libsecret-1-0']);
  }
  if (spawnSync('xvfb-run', ['--help']).status !== 0) {
    throw new SetupError('there is no display, and no xvfb-run to make one');
  }
  return ['xvfb-run', '--auto-servernum'];
}
