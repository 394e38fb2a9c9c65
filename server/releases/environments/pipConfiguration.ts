import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../platform/command.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';

/** Says what `pip config list` prints of this machine's settings. */
export type ReadPipConfiguration = (pip: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;

/**
 * Reads pip's settings by pip itself, which takes a second of processor time, and remembers them for as long as the environment and the files that may
 * hold them stay as they were.
 */
export function createPipConfiguration(): ReadPipConfiguration {
  const known = new Map<string, { readonly stamp: string; readonly lines: readonly string[] }>();
  return async (pip, signal) => {
    const [file = '', ...args] = pip;
    const environment = pythonEnvironment('packages');
    const key = pip.join('\0');
    const stamp = JSON.stringify([environment, configurationFiles(file, environment).map(stampOf)]);
    const remembered = known.get(key);
    if (remembered?.stamp === stamp) {
      return remembered.lines;
    }
    const { status, lines } = await runCommand(file, [...args, 'config', 'list'], { signal, environment });
    if (status === 0) {
      known.set(key, { stamp, lines });
    }
    return lines;
  };
}

/** Undefined for what is not there. */
function stampOf(file: string): string | undefined {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined ? undefined : [facts.ino, facts.size, facts.mtimeMs].join();
}

/**
 * Where pip may have settings, on whatever system (https://pip.pypa.io/en/stable/topics/configuration/#location): of the machine, the user and the
 * Python that it belongs to.
 */
function configurationFiles(python: string, environment: NodeJS.ProcessEnv): string[] {
  const home = homedir();
  const machine = [...(environment['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':').map((folder) => path.join(folder, 'pip')), '/etc', '/Library/Application Support/pip', '/opt/homebrew/share/pip', '/usr/local/share/pip'];
  const user = [path.join(environment['XDG_CONFIG_HOME'] ?? path.join(home, '.config'), 'pip'), path.join(home, '.pip'), path.join(home, 'Library/Application Support/pip')];
  const windows = [environment['PROGRAMDATA'] ?? 'C:\\ProgramData', environment['APPDATA'] ?? home, home].map((folder) => path.join(folder, 'pip'));
  const own = [path.dirname(python), path.dirname(path.dirname(python))];
  const folders = process.platform === 'win32' ? [...windows, ...own] : [...machine, ...user, ...own];
  const named = environment['PIP_CONFIG_FILE'];
  return [...folders.map((folder) => path.join(folder, process.platform === 'win32' ? 'pip.ini' : 'pip.conf')), ...(named === undefined ? [] : [named])];
}
