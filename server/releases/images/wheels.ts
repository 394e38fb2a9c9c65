import type { Settings } from '../../contract/settings.ts';
import { runCommand } from '../../platform/command.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { chooseInterpreter } from '../environments/interpreters.ts';
import { packageProblem, progressOf } from '../environments/packageProblem.ts';
import type { PackageTools } from '../environments/packageTools.ts';
import { compatiblePlatforms } from '../environments/requirements.ts';
import type { BaseImage } from './baseImage.ts';
import type { LayerBuild } from './layer.ts';

export interface WheelSettings {
  readonly tools: PackageTools;
  settings(): Settings;
}

/**
 * Collects the wheels of the `requirements.lock` in a folder into its `wheels`, on this machine, with the index, CA, proxy and login
 * settings that its pip has.
 * @throws Problem that quotes what pip said
 */
export async function collectWheels(context: LayerBuild, base: BaseImage, folder: string, settings: WheelSettings): Promise<void> {
  const { progress, signal, log } = context;
  const interpreter = await chooseInterpreter(settings.settings().python, base.python, () => undefined, signal);
  const [file = '', ...args] = await settings.tools.pip(interpreter, progress, signal);
  const platforms = compatiblePlatforms(base.platform).flatMap((tag) => ['--platform', tag]);
  const restrictions = ['--only-binary', ':all:', '--python-version', base.python, ...platforms];
  const { status, lines } = await runCommand(
    file,
    [...args, 'download', '--require-hashes', '--no-deps', '--no-input', '-d', 'wheels', ...restrictions, '-r', 'requirements.lock'],
    {
      signal,
      cwd: folder,
      environment: pythonEnvironment('packages'),
      onLine: (line) => {
        log.write(`${line}\n`);
        const text = progressOf(line);
        if (text !== undefined) {
          progress(text);
        }
      },
    },
  );
  if (status !== 0) {
    throw packageProblem(lines, 'collect the packages of the environment image');
  }
}
