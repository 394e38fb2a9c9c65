import type { RowDeclaration, Sample } from '../benchmark.ts';
import { diskSpeed } from './diskSpeed.ts';
import { residentOfTree } from './memory.ts';
import { withServer, type Side } from './trackingServers.ts';

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en')} MB`;
}

export function transferRows(bytes: number): readonly RowDeclaration[] {
  return [
    { key: 'put', work: `artifact PUT of ${megabytes(bytes)}`, unit: 'MB/s', goal: { kind: 'at-least', value: 300 } },
    { key: 'get', work: `artifact GET of ${megabytes(bytes)}`, unit: 'MB/s', goal: { kind: 'at-least', value: 300 } },
    { key: 'diskWrite', work: `the disk alone: ${megabytes(bytes)} written and synced`, unit: 'MB/s' },
    { key: 'diskRead', work: `the disk alone: ${megabytes(bytes)} read`, unit: 'MB/s' },
    { key: 'growth', work: `memory taken by both`, unit: 'MB' },
  ];
}

/** One file up and down again, the most memory that the server takes meanwhile beyond what it had, and what its disk does without it. */
export function transferring(side: Side, bytes: number): Promise<Sample> {
  return withServer(side, async (open, server) => {
    const client = open();
    const before = residentOfTree(server.pid);
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, residentOfTree(server.pid));
    }, 200);
    try {
      const began = performance.now();
      await client.upload('0/bench/artifacts/file.bin', bytes);
      const sent = performance.now();
      const received = await client.download('0/bench/artifacts/file.bin');
      const ended = performance.now();
      if (received !== bytes) {
        throw new Error(`${received} of ${bytes} bytes came back.`);
      }
      const rate = (milliseconds: number): number => bytes / 1e6 / (milliseconds / 1000);
      const disk = await diskSpeed(side.home, bytes);
      return { put: rate(sent - began), get: rate(ended - sent), diskWrite: disk.write, diskRead: disk.read, growth: most - before };
    } finally {
      clearInterval(watch);
    }
  });
}
