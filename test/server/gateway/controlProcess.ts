/** A process that starts a gateway as the companion does, says `applied`, and waits to be killed. Arguments: data home, port, replica address. */
import { prepareHome } from '../../../server/platform/home.ts';
import { settings } from '../../../server/contract/settings.ts';
import { createGatewayControl } from '../../../server/gateway/control.ts';
import { createEventHub } from '../../../server/platform/http/events.ts';
import { createJobs } from '../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';

const [root = '', port = '', address = ''] = process.argv.slice(2);
const home = prepareHome(root);
const inForce = settings.parse({ gatewayPort: Number(port) });
const database = openDatabase(home.database);
const control = createGatewayControl({ home, database, events: createEventHub(), jobs: createJobs({ database, log: silentLog }), log: silentLog, version: '0.1.0', settings: () => inForce });
await control.apply({ churn: { timeoutSeconds: 10, releases: [{ release: 'a'.repeat(64), version: 1, weight: 100, replicas: [{ id: 'r', address }] }] } });
process.stdout.write('applied\n');
setInterval(() => undefined, 1000);
