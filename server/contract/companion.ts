import { z } from 'zod';
import { empty, timestamp } from './values.ts';
import { route } from './route.ts';

/** The content of `companion.json` in the data home: how clients find the companion. */
export const companionLock = z.object({
  pid: z.number().int().positive(),
  port: z.number().int().min(1).max(65535),
  token: z.string().min(32),
  version: z.string(),
  startedAt: timestamp,
  /** It proves on `/health` that it knows the token; companions of older versions do not. */
  proves: z.boolean().default(false),
  /** Set from the moment it is about to end; the file goes last, so that one that cannot end is still named. */
  endingSince: timestamp.optional(),
  /** Folder of the Python packages; notebooks import `slipway` from there. */
  python: z.string().optional(),
});
export type CompanionLock = z.infer<typeof companionLock>;

export const companionStatus = z.object({
  version: z.string(),
  pid: z.number(),
  port: z.number(),
  home: z.string(),
  startedAt: timestamp,
  /** Clients that hold a lease. */
  clients: z.array(z.object({ id: z.string(), label: z.string(), expiresAt: timestamp })),
  endpoints: z.number(),
  memoryBytes: z.number(),
  /** When the companion will end by itself if nothing changes; absent while something keeps it up. */
  idleUntil: timestamp.optional(),
  /** Conditions that a user should know of, such as a port that another program holds. */
  notices: z.array(z.string()),
});
export type CompanionStatus = z.infer<typeof companionStatus>;

/** How a kernel logs to this companion. */
export const notebookConnection = z.object({
  trackingUri: z.string(),
  /** With the token as its password: for programs that take an address and nothing else. MLflow prints it, so keep it out of notebooks. */
  trackingUriWithToken: z.string(),
  environment: z.record(z.string(), z.string()),
  /** Folder that PYTHONPATH names beside others, so that `import slipway` works; stays where it is over updates. */
  pythonPath: z.string(),
  /** Source of a cell that makes `mlflow` in the running kernel log here. */
  cell: z.string(),
});
export type NotebookConnection = z.infer<typeof notebookConnection>;

export const companionRoutes = {
  getStatus: route({ method: 'GET', path: '/status', summary: 'What the companion is doing', input: empty, output: companionStatus }),
  holdLease: route({
    method: 'PUT',
    path: '/leases/:id',
    summary: 'Keep the companion up; renew before it expires',
    input: z.object({ id: z.string().min(1).max(100), label: z.string().max(200) }),
    output: z.object({ expiresAt: timestamp }),
  }),
  dropLease: route({ method: 'DELETE', path: '/leases/:id', summary: 'Let go of a lease', input: z.object({ id: z.string() }), output: empty }),
  shutDown: route({
    method: 'POST',
    path: '/shutdown',
    summary: 'End the companion; the gateway and the replicas go on serving',
    input: z.object({ reason: z.string().max(200), stopEndpoints: z.boolean().default(false) }),
    output: empty,
  }),
  getNotebookConnection: route({
    method: 'GET',
    path: '/notebook-connection',
    summary: 'How a kernel logs to this companion',
    input: z.object({ notebook: z.string().optional() }),
    output: notebookConnection,
  }),
};
