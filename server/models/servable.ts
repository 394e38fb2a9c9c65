import { Problem } from '../platform/errors.ts';
import { flavors, serializationOf, servedFlavor, type Flavor, type ServedFlavor } from './flavors.ts';
import { textSetting, type Mlmodel } from './mlmodel.ts';
import { isSameVersion, normalizedName, readRequirements } from './requirements.ts';

/**
 * The flavor that a model is served by.
 * @throws Problem `invalid-input`, with the setting as its field, when no server loads the model as it was logged: its flavor, its predict
 *   method or its serialization is not served
 */
export function requireServable(name: string, mlmodel: Mlmodel): ServedFlavor {
  const served = servedFlavor(mlmodel);
  if (served === undefined) {
    const present = [...mlmodel.flavors.keys()];
    throw new Problem('invalid-input', `The model ${name} has ${present.length === 0 ? 'no flavor' : `the flavor ${present.join(', ')}`}, which the model server does not load.`, {
      field: 'flavors',
      remedy: `Log it with one of ${flavors.map(({ label, logger }) => `${logger} (${label})`).join(', ')}.`,
    });
  }
  const { flavor } = served;
  const method = textSetting(mlmodel.flavors.get('python_function'), 'predict_fn');
  if (method !== undefined && !flavor.predictMethods.includes(method)) {
    throw new Problem('invalid-input', `The model ${name} is to be called by ${method}, which the model server does not do for ${flavor.label}.`, {
      field: 'flavors.python_function.predict_fn',
      remedy: flavor.predictMethods.length === 1 ? `Log it to be called by ${flavor.predictMethods.join('')}.` : `Log it with pyfunc_predict_fn set to one of ${flavor.predictMethods.join(', ')}.`,
    });
  }
  const serialization = serializationOf(served);
  if (!flavor.serialization.served.includes(serialization)) {
    throw new Problem('invalid-input', `The model ${name} is serialized as ${serialization}, which the model server does not read for ${flavor.label}.`, {
      field: `flavors.${flavor.name}.${flavor.serialization.field}`,
      remedy: `Log it with ${flavor.serialization.field} set to one of ${flavor.serialization.served.join(', ')}.`,
    });
  }
  return served;
}

/** A package that will be or is in the environment, by name and version. */
export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

/**
 * Compares the library's version that a model was saved with, where it says so, with the one of its environment: another version may
 * load the model and then predict something else. A library that is not among the packages is left alone: another package may bring it.
 * @param found how the packages came to be, for people, such as `pinned in its requirements.txt`
 * @throws Problem `invalid-input` of the field `requirements.txt`
 */
export function requireSavedVersion(name: string, { flavor, settings }: ServedFlavor, packages: readonly PackageVersion[], found: string): void {
  const saved = flavor.versionField === undefined ? undefined : textSetting(settings, flavor.versionField);
  const other = saved === undefined ? undefined : packages.find((item) => isOf(flavor, item.name) && !isSameVersion(item.version, saved));
  if (saved !== undefined && other !== undefined) {
    throw new Problem('invalid-input', `The model ${name} was saved with ${flavor.label} ${saved}, but ${other.version} is ${found}.`, {
      field: 'requirements.txt',
      remedy: `Require ${normalizedName(other.name)}==${saved} when the model is logged, or train it again with ${other.version}.`,
    });
  }
}

/** The versions that requirements pin exactly; `==1.5.*` is no exact version. */
export function pinnedPackages(requirements: string): PackageVersion[] {
  return readRequirements(requirements).flatMap(({ name, pinned }) => (pinned === undefined || pinned.endsWith('*') ? [] : [{ name, version: pinned }]));
}

/** Of several packages that bring one module, such as `xgboost` and `xgboost-cpu`, those that must not be installed beside the last. */
export function rivalPackages({ flavor }: ServedFlavor, requirements: string): ReadonlySet<string> {
  const required = new Set(readRequirements(requirements).map(({ name }) => normalizedName(name)));
  return new Set(flavor.packages.filter((name) => required.has(name)).slice(0, -1));
}

function isOf(flavor: Flavor, name: string): boolean {
  return flavor.packages.includes(normalizedName(name));
}
