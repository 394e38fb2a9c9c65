import { spawn } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import { root } from '../setup/step.mjs';

const failure = z.object({ error: z.object({ message: z.string(), remedy: z.string().optional() }) });

export interface CommandOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Lines that the command writes while it works. */
  readonly progress?: (line: string) => void;
}

/**
 * Runs the built `slipway` command with `--json` and parses what it prints.
 * @throws Error with the command's own message when it fails
 */
export async function slipway<S extends z.ZodType>(args: readonly string[], schema: S, options: CommandOptions): Promise<z.output<S>> {
  const child = spawn(process.execPath, [path.join(root, 'dist/slipway.mjs'), '--json', ...args], {
    cwd: root,
    env: { ...options.environment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
    const lines = said.split('\n');
    said = lines.pop() ?? '';
    lines.forEach((line) => options.progress?.(line));
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const value: unknown = output.trim() === '' ? undefined : JSON.parse(output);
  if (code !== 0) {
    const failed = failure.safeParse(value);
    const why = failed.success ? [failed.data.error.message, failed.data.error.remedy].filter(Boolean).join(' ') : said || output;
    throw new Error(`slipway ${args.join(' ')} ended with ${code ?? 'a signal'}: ${why}`);
  }
  return schema.parse(value);
}
