import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import type { Endpoint } from '../../../server/contract/deployments.ts';
import { summaryOf } from '../../webview/fixtures/endpoints.ts';

/** A client of something that says of endpoints what a companion would; what brings them into such states belongs to the companion's own tests. */
export async function answeringCompanion(endpoints: () => readonly Endpoint[]): Promise<{ readonly client: CompanionClient; close(): void }> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url.endsWith('/endpoints') ? { endpoints: endpoints().map(summaryOf) } : endpoints().find(({ name }) => url.endsWith(name))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  const client = createCompanionClient({ pid: process.pid, port: address.port, token: 't'.repeat(43), version: '0.1.0', startedAt: 0, proves: true });
  return { client, close: () => server.close() };
}
