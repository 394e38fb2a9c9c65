/** A process that starts a gateway as the companion does, says `applied`, and waits to be killed. Arguments: data home, port, replica address. */
import { prepareHome } from '../../../server/platform/home.ts';
import { createGatewayControl } from '../../../server/gateway/control.ts';
import { openContext } from '../../harness/companionContext.ts';

const [root = '', port = '', address = ''] = process.argv.slice(2);
const home = prepareHome(root);
const control = createGatewayControl(openContext(home, { gatewayPort: Number(port) }));
await control.apply({ churn: { timeoutSeconds: 10, releases: [{ release: 'a'.repeat(64), version: 1, weight: 100, replicas: [{ id: 'r', address }] }] } });
process.stdout.write('applied\n');
setInterval(() => undefined, 1000);
