import { z } from 'zod';
import { route } from './route.ts';
import { empty } from './values.ts';

/** The name of a secret: that of the environment variable by which a replica gets it. */
export const secretName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'must be the name of an environment variable, such as FEATURE_STORE_TOKEN');

/** An environment variable holds no NUL. */
const secretValue = z.string().min(1).max(64 * 1024).refine((value) => !value.includes('\0'), 'must hold no NUL');

export const secretRoutes = {
  listSecrets: route({ method: 'GET', path: '/secrets', summary: 'The names of the secrets that releases may ask for; no call answers a value', input: empty, output: z.object({ names: z.array(z.string()) }) }),
  setSecret: route({
    method: 'PUT',
    path: '/secrets/:name',
    summary: 'Keep a secret for replicas whose release asks for it by name; they get it when they start',
    input: z.object({ name: secretName, value: secretValue }),
    output: empty,
  }),
  deleteSecret: route({ method: 'DELETE', path: '/secrets/:name', summary: 'Forget a secret; replicas that have it keep it until they end', input: z.object({ name: secretName }), output: empty }),
};
