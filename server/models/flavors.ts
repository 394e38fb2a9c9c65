import { z } from 'zod';
import table from '../python/slipway_server/flavors/flavors.json' with { type: 'json' };
import { textSetting, type FlavorSettings, type Mlmodel } from './mlmodel.ts';

const flavorRow = z.object({
  /** MLflow's name of the flavor, and of the file that loads it in `slipway_server/flavors/`. */
  name: z.string(),
  /** Name of the library for people. */
  label: z.string(),
  /** The module of MLflow that logs such models. */
  logger: z.string(),
  /** The library's module; its `__version__` is compared. */
  module: z.string(),
  /** Packages that bring the module, each by its normalized name; the first is the one to name. Where a model requires several, the last stays. */
  packages: z.array(z.string()).min(1),
  /** Setting of the flavor with the version that the model was saved with; absent where another version is no reason to refuse it. */
  versionField: z.string().optional(),
  /** Loaded by mlflow itself, from its whole folder: mlflow stays in its environment, and `fileFields` name what is unpickled, if anything is. */
  byMlflow: z.boolean().default(false),
  /** Workers may be forks of a process that has loaded a model of it; false for a library that starts threads when it does, which a fork lacks. */
  forks: z.boolean().default(true),
  /** Settings of the flavor, or of `python_function`, that name the model's file; the first that is there counts. */
  fileFields: z.array(z.string()).min(1),
  /** What `predict_fn` of `python_function` may be; the first is meant where it says nothing. */
  predictMethods: z.array(z.string()).min(1),
  serialization: z.object({
    /** Setting of the flavor that says how the file was written. */
    field: z.string(),
    /** What is meant where it says nothing. */
    unsaid: z.string(),
    /** What is meant, whatever the setting says, for models of a class (`model_class`), such as those in a library's own format. */
    byClass: z.record(z.string(), z.string()).default({}),
    served: z.array(z.string()).min(1),
    /** Those whose files are unpickled when they are loaded. */
    pickled: z.array(z.string()),
  }),
});

/** A row of the table of flavors that the model server loads; the model server reads the same table. */
export type Flavor = z.infer<typeof flavorRow>;

/** In the order in which they are preferred where a model has several. */
export const flavors: readonly Flavor[] = z.array(flavorRow).parse(table);

/** The flavor that a model is served by, and what the model says about it. */
export interface ServedFlavor {
  readonly flavor: Flavor;
  readonly settings: FlavorSettings;
}

/** The flavor that a model is served by; undefined when it has none that is. */
export function servedFlavor({ flavors: present }: Mlmodel): ServedFlavor | undefined {
  for (const flavor of flavors) {
    const settings = present.get(flavor.name);
    if (settings !== undefined) {
      return { flavor, settings };
    }
  }
  return undefined;
}

/** How the model's file was written. */
export function serializationOf({ flavor, settings }: ServedFlavor): string {
  const { field, unsaid, byClass } = flavor.serialization;
  const modelClass = textSetting(settings, 'model_class');
  return (modelClass === undefined ? undefined : new Map(Object.entries(byClass)).get(modelClass)) ?? textSetting(settings, field) ?? unsaid;
}

/** The model's file, below its folder; undefined when the model does not say. */
export function fileOf({ flavor, settings }: ServedFlavor, mlmodel: Mlmodel): string | undefined {
  const places = [settings, mlmodel.flavors.get('python_function')];
  return places.flatMap((place) => flavor.fileFields.map((field) => textSetting(place, field))).find((file) => file !== undefined);
}
