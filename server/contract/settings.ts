import { z } from 'zod';
import { empty, isRecord } from './values.ts';
import { route } from './route.ts';

/** The headings under which VS Code shows the settings, in this order. */
export const settingSections = ['Notebooks', 'Tracking', 'Endpoints', 'Monitoring', 'Companion'] as const;

/** What is to be known of a setting beside its values and their limits, which its schema has. */
interface SettingFacts<Value> {
  readonly default: Value;
  readonly section: (typeof settingSections)[number];
  /** What it is for, in whole sentences of Markdown; the first one stands for it where there is little room. */
  readonly description: string;
  /** Environment variable that overrides it, for containers and continuous integration. */
  readonly variable?: string;
  /** Its name in VS Code, below `slipway.`, where that is another one. */
  readonly contributedAs?: string;
  /** The values that VS Code offers, with what each means, where there are few. */
  readonly choices?: Readonly<Record<string, string>>;
  /** What VS Code can check of a text while it is typed. */
  readonly pattern?: { readonly expression: string; readonly message: string };
  /** Whether a folder may set it for its notebooks; the others are set for the machine. */
  readonly perFolder?: boolean;
  /** Whether what a folder sets counts only where the folder is trusted. */
  readonly restricted?: boolean;
}

const facts = z.registry<SettingFacts<z.$output>>();

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

/** The settings of the companion; it keeps them in the data home, so that every window and the command line share them. */
const companionSettings = z.object({
  trackingUri: trackingUri.register(facts, {
    default: '',
    section: 'Tracking',
    description:
      'MLflow server that keeps runs and models for a team, such as `https://mlflow.example.com`. Empty: the companion keeps them on this machine. Releases, endpoints, monitoring and the cells of captured runs stay on this machine. Log in with the command **Slipway: Log In to Tracking Server**; a login in the URL is refused.',
    variable: 'SLIPWAY_TRACKING_URI',
    contributedAs: 'tracking.uri',
    pattern: { expression: '^(https?://[^@]+)?$', message: 'The URL of an MLflow server, without a login in it.' },
    restricted: true,
  }),
  trackingWorkspace: z
    .string()
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/, 'must be the name of a workspace: small letters, digits and dashes')
    .register(facts, {
      default: '',
      section: 'Tracking',
      description:
        'Workspace of the MLflow server, where it has several. Empty: its default one. What a notebook names itself, with `MLFLOW_WORKSPACE` or `mlflow.set_workspace`, goes first for what that notebook logs.',
      variable: 'SLIPWAY_TRACKING_WORKSPACE',
      contributedAs: 'tracking.workspace',
      pattern: { expression: '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$', message: 'The name of a workspace: small letters, digits and dashes.' },
      restricted: true,
    }),
  defaultTarget: z.string().min(1).register(facts, {
    default: 'auto',
    section: 'Endpoints',
    description: 'Where a new endpoint runs unless the deployment says otherwise.',
    variable: 'SLIPWAY_TARGET',
    choices: {
      auto: 'In a container where a Docker engine answers, else as a local process.',
      process: 'As a local process in its own Python environment.',
      docker: 'In a container.',
    },
  }),
  baseImage: z.string().min(1).register(facts, {
    default: 'python:{python}-slim',
    section: 'Endpoints',
    description: 'Base image of the containers that models run in. `{python}` stands for the model’s Python version, such as `3.12`. Plain Debian with `python3-venv` works too.',
    variable: 'SLIPWAY_BASE_IMAGE',
    restricted: true,
  }),
  dockerHost: z.string().register(facts, {
    default: '',
    section: 'Endpoints',
    description: 'Docker Engine or Podman: `unix:///path`, `tcp://host:port` or `npipe:////./pipe/name`. Empty: `DOCKER_HOST`, else the usual sockets.',
    variable: 'SLIPWAY_DOCKER_HOST',
    restricted: true,
  }),
  python: z.string().register(facts, {
    default: '',
    section: 'Endpoints',
    description: 'Python interpreter that the environments of local processes are made with. Empty: one that fits the model’s version. Its MLflow, where it has one, makes a new `mlflow.db` for an export.',
    variable: 'SLIPWAY_PYTHON',
    restricted: true,
  }),
  replicaMemoryMegabytes: z
    .number()
    .int()
    .min(0)
    .max(1_048_576)
    .refine((megabytes) => megabytes === 0 || megabytes >= 64, 'must be at least 64, or 0 for no limit')
    .register(facts, {
      default: 0,
      section: 'Endpoints',
      description:
        'Memory in megabytes that each replica may take, at least 64; `0`: as much as there is. It counts for what is deployed from now on, and is a part of the release: a rollback brings back the limit that was. A container that takes more is ended and started again; a local process gets no more where the system is Linux, and has no limit elsewhere.',
      variable: 'SLIPWAY_REPLICA_MEMORY',
    }),
  gatewayPort: z.number().int().min(1).max(65535).register(facts, {
    default: 5080,
    section: 'Endpoints',
    description: 'Port of the gateway that endpoints answer at. Changing it changes the URL of every endpoint.',
    variable: 'SLIPWAY_GATEWAY_PORT',
  }),
  keptReleases: z.number().int().min(1).max(1000).register(facts, {
    default: 5,
    section: 'Endpoints',
    description: 'Releases that **Free Disk Space** leaves each endpoint to go back to.',
  }),
  bodySampleRate: z.number().min(0).max(1).register(facts, {
    default: 1,
    section: 'Monitoring',
    description: 'Share of the requests whose bodies are logged, from 0 to 1. Statistics always cover all requests.',
  }),
  inferenceLogDays: z.number().int().min(1).max(3650).register(facts, {
    default: 30,
    section: 'Monitoring',
    description: 'Days that the inference log is kept.',
  }),
  auditHeadCopy: z
    .string()
    .refine((text) => text === '' || /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(text), 'must be the full path of a file; leave it empty for none')
    .register(facts, {
      default: '',
      section: 'Companion',
      description:
        'File to which the companion adds the head of the audit log (`COUNT:DIGEST`) after each entry, such as one in a git repository or on a share that others keep: `slipway audit --verify` compares the log with all of them, and finds one that was written anew even by something that has its key. Empty: only the data home has the head.',
      variable: 'SLIPWAY_AUDIT_HEAD_COPY',
      restricted: true,
    }),
});
export type Settings = z.infer<typeof companionSettings>;

/** The settings that a window reads by itself, under their names in VS Code. */
const windowSettings = z.object({
  'capture.enabled': z.boolean().register(facts, {
    default: true,
    section: 'Notebooks',
    description:
      'Record each execution of a Jupyter notebook as a captured run: sources, order, durations, outputs, parameters, git state and the digests of data files. Nothing leaves this machine.',
    perFolder: true,
    restricted: true,
  }),
  'capture.exclude': z.array(z.string()).register(facts, {
    default: [],
    section: 'Notebooks',
    description: 'Notebooks that are not recorded, as glob patterns such as `**/scratch/*.ipynb`.',
    perFolder: true,
    restricted: true,
  }),
  connectKernels: z.boolean().register(facts, {
    default: true,
    section: 'Notebooks',
    description:
      'Let mlflow in the notebook kernels and terminals of a trusted workspace log to the companion by itself. They get its address and token in `MLFLOW_TRACKING_URI` and `MLFLOW_TRACKING_PASSWORD` when they start, and no file is written. Where VS Code itself was started with `MLFLOW_TRACKING_URI`, that stays; a `.env` file and `mlflow.set_tracking_uri` go first.',
  }),
  home: z.string().register(facts, {
    default: '',
    section: 'Companion',
    description: 'Folder that holds the runs, models and releases. Empty: the environment variable `SLIPWAY_HOME`, else `~/.slipway`. Reload the window after a change.',
    restricted: true,
  }),
  'companion.autoStart': z.boolean().register(facts, {
    default: true,
    section: 'Companion',
    description: 'Start the companion when a Slipway view is opened. Commands and recorded notebooks start it in any case.',
  }),
  'companion.port': z.number().int().min(0).max(65535).register(facts, {
    default: 0,
    section: 'Companion',
    description: 'Port of the companion. 0: the port that it had before, else a free one.',
  }),
});
export type WindowSettings = z.infer<typeof windowSettings>;

/** The names of the companion's settings. */
export const settingNames = companionSettings.keyof().options;

/** A setting as it was declared, of the companion or of a window. */
export interface DeclaredSetting extends SettingFacts<unknown> {
  readonly schema: z.ZodType;
  /** Its name in VS Code, below `slipway.`. */
  readonly contributedAs: string;
  /** Its name on the command line; windows read the others alone. */
  readonly companionName?: keyof Settings;
}

function declared(schema: z.ZodType, name: string): DeclaredSetting {
  const found = facts.get(schema);
  if (found === undefined) {
    throw new Error(`nothing is declared of the setting ${name}`);
  }
  return { contributedAs: name, ...found, schema };
}

/** What is declared of a setting of the companion. */
export function settingOf(name: keyof Settings): DeclaredSetting {
  return { ...declared(companionSettings.shape[name], name), companionName: name };
}

const windowSettingNames = windowSettings.keyof().options;

/** All settings, those of windows first. */
export const declaredSettings: readonly DeclaredSetting[] = [...windowSettingNames.map((name) => declared(windowSettings.shape[name], name)), ...settingNames.map(settingOf)];

const defaults = companionSettings.parse(Object.fromEntries(settingNames.map((name) => [name, settingOf(name).default])));

/** The companion's settings; one that is left out has its default, also in the answer of a companion that does not know it yet. */
export const settings = z.preprocess((given) => (isRecord(given) ? { ...defaults, ...given } : given), companionSettings);

/** The value of a setting in a word of the command line or an environment variable; undefined where it is not of the setting's type. */
export function settingFromText(name: keyof Settings, text: string): string | number | boolean | undefined {
  const { schema } = settingOf(name);
  if (schema instanceof z.ZodNumber) {
    return text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
  }
  if (schema instanceof z.ZodBoolean) {
    return text === 'true' ? true : text === 'false' ? false : undefined;
  }
  return text;
}

/**
 * The settings of a window.
 * @param held what VS Code holds under a name; a value that the setting cannot have counts as its default
 */
export function readWindowSettings(held: (name: keyof WindowSettings) => unknown): WindowSettings {
  const values = windowSettingNames.map((name) => {
    const read = windowSettings.shape[name].safeParse(held(name));
    return [name, read.success ? read.data : declared(windowSettings.shape[name], name).default];
  });
  return windowSettings.parse(Object.fromEntries(values));
}

export const settingsRoutes = {
  getSettings: route({ method: 'GET', path: '/settings', summary: 'The settings in force', input: empty, output: settings }),
  changeSettings: route({ method: 'POST', path: '/settings', summary: 'Change some settings; those left out stay', input: companionSettings.partial(), output: settings }),
};
