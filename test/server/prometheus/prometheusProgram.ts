import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { z } from 'zod';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import { until } from '../../harness/until.ts';

const answer = z.object({ data: z.unknown() });
const vector = z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })) });
const targets = z.object({ activeTargets: z.array(z.object({ scrapePool: z.string(), health: z.string(), lastError: z.string(), labels: z.record(z.string(), z.string()) })) });
const alerts = z.object({ alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })) });

export interface Prometheus {
  /** What it scrapes. */
  targets(): Promise<z.infer<typeof targets>['activeTargets']>;
  alerts(): Promise<z.infer<typeof alerts>['alerts']>;
  /** Values of an expression now. */
  query(expression: string): Promise<z.infer<typeof vector>['result']>;
  stop(): Promise<void>;
}

/** A real Prometheus with a configuration file, which keeps its data beside that. */
export async function startPrometheus(configuration: string): Promise<Prometheus> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = spawn('prometheus', [`--config.file=${configuration}`, `--storage.tsdb.path=${path.join(path.dirname(configuration), 'data')}`, `--web.listen-address=${address}`, '--log.level=warn'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  program.stderr.setEncoding('utf8').on('data', (part: string) => {
    said = `${said}${part}`.slice(-4000);
  });
  const ended = once(program, 'exit');
  const ask = async (what: string): Promise<unknown> => answer.parse(await (await fetch(`http://${address}/api/v1/${what}`)).json()).data;
  await until(async () => {
    if (program.exitCode !== null) {
      throw new Error(`Prometheus did not start: ${said}`);
    }
    return fetch(`http://${address}/-/ready`).then(({ ok }) => ok, () => false);
  });
  return {
    targets: async () => targets.parse(await ask('targets?state=active')).activeTargets,
    alerts: async () => alerts.parse(await ask('alerts')).alerts,
    query: async (expression) => vector.parse(await ask(`query?query=${encodeURIComponent(expression)}`)).result,
    async stop() {
      program.kill('SIGTERM');
      await ended;
    },
  };
}

/** What promtool says: '' where it has nothing against it. */
export function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}
