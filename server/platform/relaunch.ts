import { z } from 'zod';

/** How a process is started again as it was: what the companion leaves with the gateway. It is kept in memory alone. */
export const relaunch = z.object({
  /** The process that it describes. */
  pid: z.number().int().positive(),
  executable: z.string().min(1),
  arguments: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
});
export type Relaunch = z.infer<typeof relaunch>;

/** This process, with the environment that it has. A port that was chosen by the system is remembered in the data home and not asked for again. */
export function relaunchOfThis(): Relaunch {
  const { SLIPWAY_PORT: port, ...environment } = process.env;
  return relaunch.parse({
    pid: process.pid,
    executable: process.execPath,
    arguments: [...process.execArgv, ...process.argv.slice(1)],
    environment: port === undefined || port === '0' ? environment : { ...environment, SLIPWAY_PORT: port },
  });
}
