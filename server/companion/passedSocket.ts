import { z } from 'zod';

/** Where the first socket lies that a service manager passes on (`SD_LISTEN_FDS_START`). */
const firstDescriptor = 3;

const passed = z.object({ LISTEN_PID: z.coerce.number().int(), LISTEN_FDS: z.coerce.number().int().min(1) });

/**
 * The descriptor of the listening socket with which a service manager started this process because somebody connected to it, by the protocol of
 * systemd (https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html); undefined for a process that was started otherwise.
 * @param pid of this process: variables that a parent left behind are meant for another
 */
export function passedSocket(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const read = passed.safeParse(environment);
  return read.success && read.data.LISTEN_PID === pid ? firstDescriptor : undefined;
}
