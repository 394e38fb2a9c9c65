import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DataHome } from '../platform/home.ts';
import { gatewayLock, type GatewayLock } from './statusReport.ts';

export function gatewayLockPath(home: DataHome): string {
  return path.join(home.gateway, 'gateway.json');
}

/** The lock file as the last gateway left it; undefined when there is none or it is not whole. The process may be gone. */
export function readGatewayLock(home: DataHome): GatewayLock | undefined {
  try {
    return gatewayLock.parse(JSON.parse(readFileSync(gatewayLockPath(home), 'utf8')));
  } catch {
    return undefined;
  }
}
