import { readFile } from 'node:fs/promises';
import { CallFailure } from './callFailure.ts';

/** State of a socket that listens (`TCP_LISTEN` in include/net/tcp_states.h). */
const listening = '0A';

/** Local addresses at which a connection to 127.0.0.1 arrives, the one that the system prefers first: itself, all of IPv4, as IPv6 and all of IPv6. */
const addresses = ['0100007F', '00000000', '0000000000000000FFFF00000100007F', '0'.repeat(32)];

/**
 * Who listens where a connection to 127.0.0.1 and a port arrives.
 * @param table lines of `/proc/net/tcp` and `/proc/net/tcp6` (https://docs.kernel.org/networking/proc_net_tcp.html): addresses in hex, in the byte order of the machine
 * @returns user ids; none where nobody listens
 */
export function listenersOf(table: string, port: number): number[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const found = table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , uid = ''] = line.trim().split(/\s+/);
    const [address = '', at] = local.split(':');
    const rank = addresses.indexOf(address);
    return state === listening && at === wanted && rank >= 0 && /^\d+$/.test(uid) ? [{ rank, uid: Number(uid) }] : [];
  });
  const first = Math.min(...found.map(({ rank }) => rank));
  return [...new Set(found.filter(({ rank }) => rank === first).map(({ uid }) => uid))];
}

/**
 * The user, other than this process's own and root, who listens on a port of 127.0.0.1; undefined where there is none, or where the system does not
 * tell: elsewhere than on Linux.
 */
export async function foreignListener(port: number): Promise<number | undefined> {
  const own = process.getuid?.();
  if (process.platform !== 'linux' || own === undefined) {
    return undefined;
  }
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'latin1').catch(() => '')));
  return listenersOf(tables.join('\n'), port).find((uid) => uid !== own && uid !== 0);
}

/**
 * Looks who listens before a token is sent: a companion that was there may be gone, and its port taken.
 * @throws CallFailure `forbidden` when it is another user
 */
export async function requireOwnListener(port: number): Promise<void> {
  const foreign = await foreignListener(port);
  if (foreign !== undefined) {
    throw new CallFailure('forbidden', `Port ${port}, where the companion was, belongs to another user (uid ${foreign}): nothing is sent there.`, {
      remedy: 'Run "slipway serve" or "Slipway: Start Companion": the companion takes another port. Connect notebooks again, which know the old one.',
    });
  }
}
