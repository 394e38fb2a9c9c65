import path from 'node:path';
import { z } from 'zod';
import { Problem } from '../platform/errors.ts';
import { runCommand, type Progress } from '../platform/command.ts';
import { pythonEnvironment } from '../platform/pythonEnvironment.ts';
import { pythonFolder } from '../platform/resources.ts';
import { normalizedName, readRequirements } from './requirements.ts';

/** A pickle of a model: its name for people and where it lies. */
export interface PickleFile {
  readonly name: string;
  readonly file: string;
}

export interface PickleOrigin {
  /** The model's requirements: what they install may be named by its pickles. */
  readonly requirements: string;
  /** Modules that the model brings along in its code folder. */
  readonly ownModules: ReadonlySet<string>;
}

/** Prints what each pickle imports, one JSON line a file; nothing is unpickled. */
const listingScript = path.join(pythonFolder, 'slipway_tools', 'list_imports.py');

const listing = z.union([z.object({ imports: z.array(z.tuple([z.string(), z.string()])) }), z.object({ unreadable: z.string() })]);

/** Modules whose objects models are made of. A tripwire, not a wall: what a replica may do is limited by where it runs. */
const modelModules: ReadonlySet<string> = new Set([
  ...['sklearn', 'numpy', 'scipy', 'pandas', 'joblib', 'cloudpickle', 'lightgbm', 'xgboost', 'catboost', 'imblearn', 'category_encoders'],
  ...['feature_engine', 'statsmodels', 'skops', 'collections', 'copyreg', 'copy_reg', 'datetime', 'decimal', 'fractions', 'uuid', '_codecs'],
]);

const allowedNames: Readonly<Record<string, ReadonlySet<string>>> = (() => {
  const builtins = new Set(
    ('object set frozenset dict list tuple int float bool str bytes bytearray complex range slice type property staticmethod classmethod ' +
      'len sum min max abs round sorted zip map filter enumerate isinstance NotImplemented Ellipsis Exception ValueError TypeError KeyError').split(' '),
  );
  return {
    builtins,
    __builtin__: builtins,
    functools: new Set(['partial']),
    operator: new Set(['itemgetter', 'attrgetter']),
    types: new Set(['SimpleNamespace', 'MappingProxyType']),
    pathlib: new Set(['Path', 'PosixPath', 'WindowsPath', 'PurePath', 'PurePosixPath', 'PureWindowsPath']),
    re: new Set(['_compile']),
    random: new Set(['Random']),
  };
})();

/** Modules of Python itself that let a pickle act; a requirement of the same name does not make them harmless. */
const acting: ReadonlySet<string> = new Set(
  ('os posix nt subprocess sys shutil socket ctypes importlib runpy code codeop pty commands platform webbrowser builtins __builtin__ ' +
    'multiprocessing threading asyncio signal pickle _pickle marshal shelve tempfile http urllib ftplib smtplib telnetlib pip pydoc pdb bdb ' +
    'timeit cProfile profile trace inspect zipimport pkgutil types operator functools io _io codecs gc weakref logging').split(' '),
);

function requiredModules(requirements: string): ReadonlySet<string> {
  return new Set(readRequirements(requirements).map(({ name }) => normalizedName(name).replaceAll('-', '_')));
}

/** Whether a model may import something; `warn` for code that is not in an installed package. */
export function judgeImport(module: string, name: string, origin: PickleOrigin): 'allow' | 'warn' | 'refuse' {
  const top = module.split('.')[0] ?? '';
  // cloudpickle rebuilds functions and classes of the notebook with these.
  if (top === 'cloudpickle' && name.startsWith('_make_')) {
    return 'warn';
  }
  if (modelModules.has(top)) {
    return 'allow';
  }
  if (allowedNames[module]?.has(name) === true) {
    return 'allow';
  }
  if (top === '__main__') {
    return 'warn';
  }
  if (origin.ownModules.has(top) && !acting.has(top)) {
    return 'warn';
  }
  return requiredModules(origin.requirements).has(top) && !acting.has(top) ? 'allow' : 'refuse';
}

const withoutPickle = 'Log the model with serialization_format="skops".';

/** What to do about a module that a pickle may not import: code that acts is not made harmless by saying where it comes from. */
export function remedyFor(module: string): string {
  return acting.has(module.split('.')[0] ?? '')
    ? withoutPickle
    : `Log the code with the model (code_paths), or name the package that brings ${module} in its requirements. ${withoutPickle.replace('Log', 'Or log')}`;
}

/**
 * Refuses pickles that import what models do not need, or that cannot be read to the end. Nothing is unpickled.
 * @param python executable of the Python that reads them
 * @throws Problem `forbidden` that names the file and what it imports
 */
export async function checkPickles(
  python: string,
  pickles: readonly PickleFile[],
  origin: PickleOrigin,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (pickles.length === 0) {
    return;
  }
  const { lines } = await runCommand(python, ['-I', listingScript, ...pickles.map(({ file }) => file)], {
    signal,
    environment: pythonEnvironment(),
  });
  const listings = lines.filter((line) => line.startsWith('{')).map((line) => listing.parse(JSON.parse(line)));
  pickles.forEach(({ name: file }, index) => {
    const found = listings[index] ?? { unreadable: 'its listing failed' };
    if ('unreadable' in found) {
      throw new Problem('forbidden', `The pickle ${file} cannot be checked: ${found.unreadable}.`, { field: file, remedy: withoutPickle });
    }
    for (const [module, name] of found.imports) {
      const verdict = judgeImport(module, name, origin);
      if (verdict === 'refuse') {
        throw new Problem('forbidden', `The pickle ${file} imports ${module}.${name} when it is loaded, which models do not need.`, { field: file, remedy: remedyFor(module) });
      }
      if (verdict === 'warn') {
        progress(`Warning: the pickle ${file} carries code of its own or needs code that no package installs (${module}.${name}).`);
      }
    }
  });
}
