import { z } from 'zod';
import { empty } from './values.ts';
import { route } from './route.ts';

/** What a user can set for the companion; kept in the data home, so that every window and the command line share it. */
export const settings = z.object({
  /** Base image of environment images; `{python}` becomes the model's Python version such as 3.12. */
  baseImage: z.string().min(1).default('python:{python}-slim'),
  /** Docker Engine or Podman: `unix:///path`, `tcp://host:port` or `npipe:////./pipe/name`; empty: `DOCKER_HOST` or the usual sockets. */
  dockerHost: z.string().default(''),
  /** Python interpreter that venvs of the process target are made with; empty: one that fits the model's version. */
  python: z.string().default(''),
  /** Port of the gateway. Changing it changes the URL of every endpoint. */
  gatewayPort: z.number().int().min(1).max(65535).default(5080),
  /** `auto`: the Docker engine where one answers, else processes. */
  defaultTarget: z.enum(['auto', 'process', 'docker']).default('auto'),
  /** Share of requests whose bodies are logged, from 0 to 1. Statistics always cover all requests. */
  bodySampleRate: z.number().min(0).max(1).default(1),
  /** Days that the inference log is kept. */
  inferenceLogDays: z.number().int().min(1).max(3650).default(30),
  /** Releases that pruning leaves each endpoint to go back to. */
  keptReleases: z.number().int().min(1).max(1000).default(5),
});
export type Settings = z.infer<typeof settings>;

export const settingsRoutes = {
  getSettings: route({ method: 'GET', path: '/settings', summary: 'The settings in force', input: empty, output: settings }),
  changeSettings: route({
    method: 'POST',
    path: '/settings',
    summary: 'Change some settings; those left out stay',
    // Built from the inner types: `partial()` alone would fill in the defaults of what is left out.
    input: z.object({
      baseImage: settings.shape.baseImage.unwrap().optional(),
      dockerHost: settings.shape.dockerHost.unwrap().optional(),
      python: settings.shape.python.unwrap().optional(),
      gatewayPort: settings.shape.gatewayPort.unwrap().optional(),
      defaultTarget: settings.shape.defaultTarget.unwrap().optional(),
      bodySampleRate: settings.shape.bodySampleRate.unwrap().optional(),
      inferenceLogDays: settings.shape.inferenceLogDays.unwrap().optional(),
      keptReleases: settings.shape.keptReleases.unwrap().optional(),
    }),
    output: settings,
  }),
};
