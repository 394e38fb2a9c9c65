/**
 * What stands for a gateway of a version that showed replicas no keys, by the routes and the lock file that every version has
 * (server/gateway/statusReport.ts): it says its status, takes routes and ends when it is asked. Arguments: data home, port. Says `listens`.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gatewayLockPath } from '../../../server/gateway/lockFile.ts';
import { readRouteFile, routeFilePath } from '../../../server/gateway/routeFile.ts';
import { controlTokenHeader } from '../../../server/gateway/statusReport.ts';
import { describeHome } from '../../../server/platform/home.ts';

const [root = '', port = ''] = process.argv.slice(2);
const home = describeHome(root);
const controlToken = 'c'.repeat(40);
const known = { pid: process.pid, port: Number(port), version: '0.1.0', startedAt: Date.now() };

createServer((request, response) => {
  if (request.headers[controlTokenHeader] !== controlToken) {
    response.writeHead(404).end();
    return;
  }
  const ends = request.url === '/-/stop';
  const generation = readRouteFile(routeFilePath(home))?.generation ?? 0;
  response.end(JSON.stringify(ends ? {} : { ...known, generation, inFlight: 0, idleMilliseconds: 0, replicas: {}, endpoints: {}, log: { written: 0, dropped: 0 } }));
  if (ends) {
    response.once('close', () => {
      rmSync(gatewayLockPath(home));
      process.exit();
    });
  }
}).listen(known.port, '127.0.0.1', () => {
  writeFileSync(gatewayLockPath(home), JSON.stringify({ ...known, controlToken }));
  process.stdout.write('listens\n');
});
