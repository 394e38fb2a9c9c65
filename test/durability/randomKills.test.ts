import assert from 'node:assert/strict';
import { it } from 'node:test';
import { killAtRandom } from '../harness/durability/killAtRandom.ts';
import { openEndpointHome } from '../server/deployments/endpointHome.ts';

const kills = 100;
const clients = 8;
const body = JSON.stringify({ dataframe_split: { columns: ['a', 'b'], data: [[1, 0]] } });

it(`no request and no acknowledged change is lost in ${kills} kills of companion, gateway, replicas and workers`, { skip: process.platform !== 'linux' && 'looks into /proc' }, async (context) => {
  const home = await openEndpointHome();
  context.after(() => home.close());
  await home.start();
  const { steady } = await home.register('rule', 'steady');
  const { state, message } = await home.deploy({ name: 'road', model: 'rule', version: steady, replicaCount: 2, serving: { workers: 2 } });
  assert.equal(state, 'succeeded', message);
  const { killed, answered, acknowledged, lost, recoveries } = await killAtRandom({ home, endpoint: 'road', kills, clients, body, meanMilliseconds: 1000, said: (line) => process.stdout.write(`${line}\n`) });
  const longest = Object.entries(recoveries).map(([part, times]) => `${part} ${killed[part as keyof typeof killed]} times, longest ${Math.round(Math.max(0, ...times))} ms`);
  process.stdout.write(`${answered} requests answered, ${acknowledged} changes acknowledged, ${lost.length} lost\n${longest.join('\n')}\n`);
  assert.deepEqual(lost.slice(0, 20), []);
});
