import { z } from 'zod';
import { empty } from './values.ts';
import { route } from './route.ts';

/** An MLflow server's URL; a login in it would end up in files and logs. */
const trackingUri = z.string().superRefine((text, context) => {
  if (text === '') {
    return;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    context.addIssue('must be the URL of an MLflow server, such as https://mlflow.example.com; leave it empty to track on this machine');
  } else if (url.username !== '' || url.password !== '') {
    context.addIssue('must not hold a login; give it with the command "Log In to Tracking Server", or with "slipway login" and MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN');
  }
});

/** What is to be known of a setting beside its values, its limits and its default. */
interface SettingFacts {
  /** Environment variable that overrides it, for containers and continuous integration. */
  readonly variable?: string;
  /** Its name in VS Code, below `slipway.`, where that is another one. */
  readonly contributedAs?: string;
}

/** What is to be known of the settings, each of which is declared once, below. */
export const settingFacts = z.registry<SettingFacts>();

/** What a user can set for the companion; kept in the data home, so that every window and the command line share it. */
export const settings = z.object({
  /** Base image of environment images; `{python}` becomes the model's Python version such as 3.12. */
  baseImage: z.string().min(1).default('python:{python}-slim').register(settingFacts, { variable: 'SLIPWAY_BASE_IMAGE' }),
  /** Docker Engine or Podman: `unix:///path`, `tcp://host:port` or `npipe:////./pipe/name`; empty: `DOCKER_HOST` or the usual sockets. */
  dockerHost: z.string().default('').register(settingFacts, { variable: 'SLIPWAY_DOCKER_HOST' }),
  /** Python interpreter that venvs of the process target are made with; empty: one that fits the model's version. */
  python: z.string().default('').register(settingFacts, { variable: 'SLIPWAY_PYTHON' }),
  /** Port of the gateway. Changing it changes the URL of every endpoint. */
  gatewayPort: z.number().int().min(1).max(65535).default(5080).register(settingFacts, { variable: 'SLIPWAY_GATEWAY_PORT' }),
  /** A target's kind; `auto`: the first that is available, a container before a process. */
  defaultTarget: z.string().min(1).default('auto').register(settingFacts, { variable: 'SLIPWAY_TARGET' }),
  /** Share of requests whose bodies are logged, from 0 to 1. Statistics always cover all requests. */
  bodySampleRate: z.number().min(0).max(1).default(1),
  /** Days that the inference log is kept. */
  inferenceLogDays: z.number().int().min(1).max(3650).default(30),
  /** Releases that pruning leaves each endpoint to go back to. */
  keptReleases: z.number().int().min(1).max(1000).default(5),
  /** MLflow server that keeps runs and models; empty: the companion itself does. */
  trackingUri: trackingUri.default('').register(settingFacts, { variable: 'SLIPWAY_TRACKING_URI', contributedAs: 'tracking.uri' }),
});
export type Settings = z.infer<typeof settings>;

/** The name in VS Code, below `slipway.`, of a setting. */
export function contributedName(name: keyof Settings): string {
  return settingFacts.get(settings.shape[name])?.contributedAs ?? name;
}

/** The names of the settings. */
export const settingNames = settings.keyof().options;

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
      trackingUri: trackingUri.optional(),
    } satisfies Record<keyof Settings, z.ZodType>),
    output: settings,
  }),
};
