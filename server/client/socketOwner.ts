import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { CallFailure } from './callFailure.ts';

/** State of a socket that listens (`TCP_LISTEN` in include/net/tcp_states.h). */
const listening = '0A';

/** Local addresses at which a connection to 127.0.0.1 arrives, the one that the system prefers first: itself, all of IPv4, as IPv6 and all of IPv6. */
const addresses = ['0100007F', '00000000', '0000000000000000FFFF00000100007F', '0'.repeat(32)];

interface Listener {
  /** Place of its address in {@link addresses}. */
  readonly rank: number;
  readonly port: number;
  readonly uid: number;
}

/** A line of the table; undefined for a socket that does not listen, or listens elsewhere. */
function listenerOf(line: string): Listener | undefined {
  const [, local = '', , state, , , , uid = ''] = line.trim().split(/\s+/);
  const [address = '', at = ''] = local.split(':');
  const rank = addresses.indexOf(address);
  return state === listening && rank >= 0 && /^\d+$/.test(uid) ? { rank, port: Number.parseInt(at, 16), uid: Number(uid) } : undefined;
}

/**
 * Who listens where a connection to 127.0.0.1 and a port arrives.
 * @param table lines of `/proc/net/tcp` and `/proc/net/tcp6` (https://docs.kernel.org/networking/proc_net_tcp.html): addresses in hex, in the byte order of the machine
 * @returns user ids; none where nobody listens
 */
export function listenersOf(table: string, port: number): number[] {
  const found = table.split('\n').map(listenerOf).filter((each) => each?.port === port).filter((each) => each !== undefined);
  const first = Math.min(...found.map(({ rank }) => rank));
  return [...new Set(found.filter(({ rank }) => rank === first).map(({ uid }) => uid))];
}

/** Undefined where the system shows none. */
function openTable(): number | undefined {
  try {
    return openSync('/proc/net/tcp', 'r');
  } catch {
    return undefined;
  }
}

/** Bytes of a line of `/proc/net/tcp` (net/ipv4/tcp_ipv4.c, `TMPSZ`). */
const lineBytes = 150;

/**
 * Who listens at 127.0.0.1 and a port itself, which is where a companion listens; undefined where nobody does. Sockets that listen are the
 * first of the table, and the rest takes the system milliseconds to tell: no more of it is read than is needed.
 */
function listenerItself(port: number): number | undefined {
  const table = openTable();
  if (table === undefined) {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(lineBytes);
    // The first line names the columns.
    let [text, isHeader] = ['', true];
    for (let read = readSync(table, bytes); read > 0; read = readSync(table, bytes)) {
      const lines = `${text}${bytes.toString('latin1', 0, read)}`.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const found = listenerOf(line);
        if (found?.rank === 0 && found.port === port) {
          return found.uid;
        }
        if (!isHeader && line.trim().split(/\s+/)[3] !== listening) {
          return undefined;
        }
        isHeader = false;
      }
    }
    return undefined;
  } finally {
    closeSync(table);
  }
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
  const itself = listenerItself(port);
  if (itself !== undefined) {
    return itself === own || itself === 0 ? undefined : itself;
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
