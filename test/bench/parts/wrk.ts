import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { pinned } from './pinned.ts';
import { requireProgram } from './programs.ts';

/** What `wrk` counted; times are in milliseconds. */
const counted = z.object({ requests: z.number(), seconds: z.number(), p50: z.number(), p99: z.number(), failed: z.number() });
export type WrkResult = z.infer<typeof counted>;

export interface WrkRequest {
  /** `http://host:port/path`, to which the body is posted. */
  readonly url: string;
  readonly body: string;
}

/** A load that goes on until it is ended. */
export interface RunningWrk {
  /** Ends it. @throws Error with its output where it counted nothing */
  end(): Promise<WrkResult>;
}

/** The load generator wrk (https://github.com/wg/wrk): as many requests at once as it has connections, each asking again when it was answered. */
export interface Wrk {
  /** @throws Error when a request failed */
  load(request: WrkRequest, connections: number, seconds: number): Promise<WrkResult>;
  start(request: WrkRequest, connections: number): RunningWrk;
}

const withoutEnd = 86_400;

/** Lua for wrk: one body for all requests, and the result as a line of JSON. Its times are in microseconds. */
function script(body: string): string {
  return `wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
wrk.headers["Content-Type"] = "application/json"
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}\\n', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}

/** @param folder for its scripts */
export async function prepareWrk(folder: string): Promise<Wrk> {
  const program = await requireProgram({ command: 'wrk', debian: 'wrk' });
  const run = ({ url, body }: WrkRequest, connections: number, seconds: number): RunningWrk => {
    const lua = path.join(folder, 'request.lua');
    writeFileSync(lua, script(body));
    const { command, args } = pinned(1, { command: program, args: ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`, '--timeout', '10s', '--script', lua, url] });
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    const endNow = (): void => void child.kill('SIGKILL');
    process.once('exit', endNow);
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      child.once('error', (error) => {
        output += error.message;
        resolve();
      });
    });
    return {
      async end() {
        if (seconds === withoutEnd) {
          // It tells what it has when it is interrupted.
          child.kill('SIGINT');
        }
        await ended;
        process.removeListener('exit', endNow);
        const line = output.trimEnd().split('\n').at(-1) ?? '';
        if (!line.startsWith('{')) {
          throw new Error(`wrk counted nothing: ${output}`);
        }
        return counted.parse(JSON.parse(line));
      },
    };
  };
  return {
    async load(request, connections, seconds) {
      const result = await run(request, connections, seconds).end();
      if (result.failed > 0) {
        throw new Error(`${result.failed} of ${result.requests} requests to ${request.url} failed.`);
      }
      return result;
    },
    start: (request, connections) => run(request, connections, withoutEnd),
  };
}
