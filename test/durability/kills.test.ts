import assert from 'node:assert/strict';
import { it } from 'node:test';
import { killUnderLoad } from '../harness/durability/killUnderLoad.ts';

const kills = 100;
const clients = 8;

const quantile = (sorted: readonly number[], q: number): number => Math.round(sorted[Math.floor(q * (sorted.length - 1))] ?? 0);

it(`nothing that was acknowledged is lost in ${kills} kills under load from ${clients} clients`, async () => {
  const { acknowledged, callsPerSecond, lost, restarts, companionSeconds, clientSeconds, ports } = await killUnderLoad({
    kills,
    clients,
    meanMilliseconds: 3000,
    said: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(
    [
      `${kills} kills, ${acknowledged} calls acknowledged, ${Math.round(callsPerSecond)} a second from ${clients} clients, ${lost.length} lost`,
      `restarts: median ${quantile(restarts, 0.5)} ms, 95 % within ${quantile(restarts, 0.95)} ms, longest ${quantile(restarts, 1)} ms, on ${ports.length} port`,
      `processor time: companions ${companionSeconds.toFixed(1)} s, clients ${clientSeconds.toFixed(1)} s`,
      '',
    ].join('\n'),
  );
  assert.deepEqual(lost.slice(0, 20), []);
});
