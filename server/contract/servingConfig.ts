import { z } from 'zod';
import { secretName } from './secrets.ts';
import { isRecord } from './values.ts';

/** How a setting's value is written in words. */
type Form =
  | { readonly kind: 'number'; /** What a typed 1 stands for. */ readonly scale?: number }
  | { readonly kind: 'word' }
  /** Any number of `NAME=VALUE`. */
  | { readonly kind: 'assignments' }
  /** Any number of names. */
  | { readonly kind: 'names' }
  /** One number, or any number of `NAME=NUMBER`. */
  | { readonly kind: 'numbers' }
  /** Rows with semicolons between them, and commas between their numbers. */
  | { readonly kind: 'matrix' }
  /** `FILE.py:FUNCTION`. */
  | { readonly kind: 'function' };

/** What is to be known of a setting of the serving config beside its values and their limits, which its schema has. */
interface ServingFacts {
  /** What people call it; in lower case, with dashes, it is the option of `slipway deploy`, and its name where releases are compared. */
  readonly label: string;
  /** The placeholder of the option's value. */
  readonly argument: string;
  /** What completes "Give …": the values that it can have. */
  readonly wanted: string;
  /** What it is for, as part of a sentence. */
  readonly description: string;
  /** What stands for it where it has no value. */
  readonly unset?: string;
  /** The unit behind a value that is shown. */
  readonly unit?: string;
  readonly form: Form;
}

const facts = z.registry<ServingFacts>();

const megabyte = 1024 * 1024;

/** What a pickle imports, as a person may allow it. */
export const importName = z.string().regex(/^[\w.]+\.\w+$/, 'must be a name with its module, such as my_package.scale');

/** The least probability of the second of two classes with which it is answered; or, by class, those by which the probabilities are divided before the greatest is taken. */
const threshold = z
  .union([z.number(), z.record(z.string().min(1), z.number())])
  .refine(
    (given) => (typeof given === 'number' ? given >= 0 && given <= 1 : Object.values(given).every((least) => least > 0 && least <= 1)),
    'must be a number from 0 to 1, or one above 0 and at most 1 for each class, such as {"yes": 0.3, "no": 0.7}',
  );
/** What it costs to answer a class (column) where another is true (row), in the order of the model's classes. */
const costs = z.array(z.array(z.number())).min(2).max(1000).refine((rows) => rows.every((row) => row.length === rows.length), 'must have a row and a column for each class');

/** A Python function with the file that it stands in, which the release keeps. */
const ownFunction = z.object({
  /** The file's name, for people. */
  file: z.string().min(1).max(200),
  name: z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of a function'),
  source: z.string().min(1).max(64 * 1024),
});

export const servingConfig = z.object({
  /** Absent: the method that the model was logged to be called by, and the label where a threshold or costs decide. */
  method: z.enum(['predict', 'predict_proba', 'both']).optional().register(facts, {
    label: 'Method',
    argument: 'method',
    wanted: 'predict, predict_proba or both',
    description: 'what is answered: labels (predict), probabilities (predict_proba), or both of a classifier',
    unset: 'as logged',
    form: { kind: 'word' },
  }),
  threshold: threshold.optional().register(facts, {
    label: 'Threshold',
    argument: 'value',
    wanted: 'a number from 0 to 1, or CLASS=VALUE for each class with values above 0',
    description: 'probability from which the second of two classes is answered; of several, the class with the greatest probability over its threshold is',
    form: { kind: 'numbers' },
  }),
  costs: costs.optional().register(facts, {
    label: 'Costs',
    argument: 'rows',
    wanted: 'a row for each class that can be true, with the cost of each that can be answered, such as "0,1;5,0"',
    description: 'what wrong classes cost: the class of the least expected cost is answered; instead of a threshold',
    form: { kind: 'matrix' },
  }),
  before: ownFunction.optional().register(facts, {
    label: 'Before',
    argument: 'file.py:function',
    wanted: 'FILE.py:FUNCTION of a file of at most 64 KB',
    description: 'Python function that gets the rows, as a DataFrame where they have columns, and returns as many for the model',
    form: { kind: 'function' },
  }),
  after: ownFunction.optional().register(facts, {
    label: 'After',
    argument: 'file.py:function',
    wanted: 'FILE.py:FUNCTION of a file of at most 64 KB',
    description: 'Python function that gets the list of answers, one a row, and returns as many to be sent',
    form: { kind: 'function' },
  }),
  /** Absent: by the processors of the machine where the replica runs (`slipway_server/processors.py`). */
  workers: z.number().int().min(1).max(64).optional().register(facts, {
    label: 'Workers',
    argument: 'count',
    wanted: 'a whole number from 1 to 64',
    description: 'worker processes of a replica: one that dies stops nobody, and is replaced at once',
    unset: '2, or 1 on one processor',
    form: { kind: 'number' },
  }),
  requestTimeoutSeconds: z.number().positive().max(3600).default(60).register(facts, {
    label: 'Timeout',
    argument: 'seconds',
    wanted: 'a number of seconds above 0, at most 3600',
    description: 'how long a request may take before it is answered with 504',
    unit: 's',
    form: { kind: 'number' },
  }),
  maxRequestBytes: z.number().int().positive().default(16 * megabyte).register(facts, {
    label: 'Max body',
    argument: 'megabytes',
    wanted: 'a number of megabytes above 0',
    description: 'the largest request; a larger one is answered with 413',
    unit: 'MB',
    form: { kind: 'number', scale: megabyte },
  }),
  /** Limits of a replica. A container has both; a local process that of the memory, on Linux, which its workers share. */
  memoryMegabytes: z.number().int().min(64).optional().register(facts, {
    label: 'Memory',
    argument: 'megabytes',
    wanted: 'a whole number of megabytes from 64 on',
    description: 'memory that a replica may take, all of its workers together: of a container, or of a local process on Linux',
    unset: 'no limit',
    unit: 'MB',
    form: { kind: 'number' },
  }),
  cpus: z.number().positive().optional().register(facts, {
    label: 'CPUs',
    argument: 'count',
    wanted: 'a number above 0, such as 1.5',
    description: 'processors that a container may use',
    unset: 'no limit',
    form: { kind: 'number' },
  }),
  /** What the model's pickles may import beside what models are made of, each `module.name`; absent: nothing. */
  allowedImports: z.array(importName).min(1).optional(),
  /** Packages, by name, that may be built from their source, which runs code of theirs on this machine; absent: wheels alone are installed. */
  allowedBuilds: z.array(z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'must be the name of a package')).min(1).optional(),
  /** A replica may use the network; absent: it is closed where the target can close it. */
  allowedNetwork: z.literal(true).optional(),
  /** Folders of this machine, by absolute path, that a replica may read beside its model; absent: none. For local processes. */
  allowedFolders: z.array(z.string().regex(/^(?:\/|[A-Za-z]:[\\/])\P{Cc}*$/u, 'must be an absolute path')).min(1).optional(),
  /** Plain values only: secrets do not belong into a release. */
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}).register(facts, {
    label: 'Env',
    argument: 'NAME=VALUE',
    wanted: 'NAME=VALUE',
    description: 'environment variable of the replica',
    form: { kind: 'assignments' },
  }),
  /** Names alone: the values are kept in the data home (`slipway secret set`), and replicas get them when they start. */
  secrets: z.array(secretName).min(1).optional().register(facts, {
    label: 'Secret',
    argument: 'NAME',
    wanted: 'the name of a secret',
    description: 'secret that the replica gets as an environment variable of this name; its value is kept by slipway secret set',
    form: { kind: 'names' },
  }),
});
export type ServingConfig = z.infer<typeof servingConfig>;

/** A setting of the serving config that people set: on the command line, in the wizard of a deploy and in the Releases panel. */
export interface ServingSetting extends ServingFacts {
  readonly name: keyof ServingConfig;
  /** The option of `slipway deploy`, without the dashes before it. */
  readonly option: string;
  readonly schema: z.ZodType;
}

/** The settings that people set, in the order in which they are asked for. */
export const servingSettings: readonly ServingSetting[] = servingConfig.keyof().options.flatMap((name) => {
  const schema = servingConfig.shape[name];
  const found = facts.get(schema);
  return found === undefined ? [] : [{ ...found, name, option: found.label.toLowerCase().replaceAll(' ', '-'), schema }];
});

/** Whether a setting is given by any number of words instead of one. */
export function isRepeated({ form }: ServingSetting): boolean {
  return form.kind === 'assignments' || form.kind === 'numbers' || form.kind === 'names';
}

/**
 * A setting's value in words as they are typed.
 * @param readText the text of a file that words name; throws where there is none
 * @returns undefined for words that are no value of it
 */
export function readServing({ form, schema }: ServingSetting, words: readonly string[], readText: (file: string) => string): { readonly value: unknown } | undefined {
  const read = schema.safeParse(valueOf(form, words, readText));
  return read.success ? { value: read.data } : undefined;
}

function valueOf(form: Form, words: readonly string[], readText: (file: string) => string): unknown {
  switch (form.kind) {
    case 'number': {
      const typed = toNumber(words[0] ?? '');
      return form.scale === undefined ? typed : Math.round(typed * form.scale);
    }
    case 'word':
      return words[0];
    case 'numbers': {
      const pairs = words.map((word) => [word.slice(0, Math.max(0, word.lastIndexOf('='))), toNumber(word.slice(word.lastIndexOf('=') + 1))] as const);
      const [only] = pairs;
      return pairs.length === 1 && only?.[0] === '' ? only[1] : Object.fromEntries(pairs);
    }
    case 'function': {
      const [file, name] = /^(.*):(\w+)$/.exec(words[0] ?? '')?.slice(1) ?? [];
      try {
        return file === undefined ? Number.NaN : { file: file.replace(/^.*[\\/]/, ''), name, source: readText(file) };
      } catch {
        return Number.NaN;
      }
    }
    case 'matrix':
      return words.join(';').split(';').map((row) => row.split(',').map(toNumber));
    case 'names':
      return [...new Set(words)].sort();
    case 'assignments':
      return Object.fromEntries(words.map((word) => [word.slice(0, Math.max(0, word.indexOf('='))), word.slice(word.indexOf('=') + 1)]));
  }
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** The words of a setting's value, as they are typed; none where it has no value. */
export function servingWords({ name, form }: ServingSetting, config: Partial<ServingConfig>): readonly string[] {
  const value = config[name];
  if (typeof value === 'number') {
    return [String(form.kind === 'number' ? value / (form.scale ?? 1) : value)];
  }
  if (typeof value === 'string') {
    return [value];
  }
  if (Array.isArray(value) && form.kind === 'names') {
    return value.map(String);
  }
  if (Array.isArray(value)) {
    return [value.map((row) => String(row)).join(';')];
  }
  if (form.kind === 'function' && isRecord(value)) {
    return [`${String(value['file'])}:${String(value['name'])}`];
  }
  return isRecord(value) ? Object.entries(value).map(([key, text]) => `${key}=${String(text)}`) : [];
}

/** A setting's value for people, such as `60 s`. */
export function shownServing(setting: ServingSetting, config: Partial<ServingConfig>): string {
  const given = servingWords(setting, config).join(', ');
  return given === '' ? (setting.unset ?? 'none') : `${given}${setting.unit === undefined ? '' : ` ${setting.unit}`}`;
}

/** The settings of a config without what it allows, which counts for the release alone that a person allowed it for. */
export function settingsOf(config: ServingConfig): ServingConfig {
  return withServing({}, servingSettings.map(({ name }) => [name, config[name]] as const));
}

/** A config with other values of some settings. */
export function withServing(base: Partial<ServingConfig>, values: readonly (readonly [keyof ServingConfig, unknown])[]): ServingConfig {
  return servingConfig.parse({ ...base, ...Object.fromEntries(values) });
}

/** What a setting is where nobody sets it, for people. */
export function defaultText(setting: ServingSetting): string {
  return shownServing(setting, servingConfig.parse({}));
}
