import { z } from 'zod';
import { errorBody } from './errors.ts';
import { route } from './route.ts';
import { empty } from './values.ts';
import { orText } from './unknown.ts';

/** Where runs and models are kept, and how it is reached. */
export const trackingServer = z.object({
  /** Empty: the companion keeps them itself. */
  uri: z.string(),
  /** What the companion presents there. */
  login: orText(z.enum(['none', 'password', 'token'])),
  /** MLflow's version; absent where the server does not answer or does not say. */
  version: z.string().optional(),
  /** Why it cannot be used. */
  problem: errorBody.shape.error.optional(),
  /** What was done here and is still to be told to a shared server, for people. */
  waiting: z.array(z.string()),
});
export type TrackingServer = z.infer<typeof trackingServer>;

export const trackingServerRoutes = {
  getTrackingServer: route({
    method: 'GET',
    path: '/tracking-server',
    summary: 'Where runs and models are kept, and whether it answers',
    input: empty,
    output: trackingServer,
  }),
  logIn: route({
    method: 'PUT',
    path: '/tracking-server/login',
    summary: 'Log in to a shared tracking server, until the companion ends or for those to come; without a login, forget it',
    input: z.object({
      uri: z.string().min(1),
      username: z.string().max(1000).optional(),
      password: z.string().max(10_000).optional(),
      token: z.string().max(100_000).optional(),
      /** In the companion's file of secrets, unless the server refuses it: for who has no place of their own to keep it in. */
      keep: z.boolean().optional(),
    }),
    output: trackingServer,
  }),
  lookForChanges: route({
    method: 'POST',
    path: '/tracking-server/changes',
    summary: 'Look what changed on a shared tracking server, which has no event stream; the changes arrive as events',
    input: empty,
    output: empty,
  }),
};
