import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import type { Incident } from '../../../server/contract/alerts.ts';
import type { Promotion } from '../../../server/contract/promotions.ts';
import type { Endpoint } from '../../../server/contract/deployments.ts';
import { summaryOf } from '../../webview/fixtures/endpoints.ts';

/** A client of something that says of endpoints what a companion would; what brings them into such states belongs to the companion's own tests. */
export async function answeringCompanion(endpoints: () => readonly Endpoint[], incidents: () => readonly Incident[] = () => [], promotions: () => readonly Promotion[] = () => []): Promise<{ readonly client: CompanionClient; close(): void }> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    const { pathname } = new URL(url, 'http://companion');
    const lists = pathname.endsWith('/incidents') ? { incidents: incidents() } : pathname.endsWith('/promotions') ? { promotions: promotions() } : pathname.endsWith('/endpoints') ? { endpoints: endpoints().map(summaryOf) } : undefined;
    response.end(JSON.stringify(lists ?? endpoints().find(({ name }) => pathname.endsWith(name))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  const client = createCompanionClient({ pid: process.pid, port: address.port, token: 't'.repeat(43), version: '0.1.0', startedAt: 0, proves: true });
  return { client, close: () => server.close() };
}
