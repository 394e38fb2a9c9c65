import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Folder of everything that set-up makes and git ignores. */
export const cache = path.join(root, '.cache');

/** What set-up could not do, told without a stack trace. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** One line of progress. It goes to stderr: stdout belongs to the task (`--json`). */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs one named step and tells how long it took. Steps may overlap: each line names its step. */
export async function step(title, work) {
  say(`- ${title}`);
  const started = Date.now();
  const result = await work();
  say(`  ${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * Runs a command without a shell and with stdin closed.
 * @returns what it wrote to stdout.
 * @throws SetupError with the end of its output when it fails.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let all = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      all += chunk;
    });
    child.stderr.on('data', (chunk) => {
      all += chunk;
    });
    child.on('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
        return;
      }
      const tail = all.trimEnd().split('\n').slice(-40).join('\n');
      reject(new SetupError(`${[command, ...args].join(' ')} ended with ${signal ?? `status ${code}`}\n${tail}`));
    });
  });
}

/** sha256 over files (content) and texts, to see whether a step is up to date. */
export function digest(files, ...texts) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${path.relative(root, file)}\0`).update(readFileSync(file)).update('\0');
  }
  for (const text of texts) {
    hash.update(`${text}\0`);
  }
  return hash.digest('hex');
}

/** True when the stamp file holds this digest. */
export function isFresh(stamp, wanted) {
  try {
    return readFileSync(stamp, 'utf8').trim() === wanted;
  } catch {
    return false;
  }
}

/** Records that a step is up to date. */
export function writeStamp(stamp, value) {
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${value}\n`);
}
