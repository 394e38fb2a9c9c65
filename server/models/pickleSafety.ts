import { z } from 'zod';
import { Problem } from '../platform/errors.ts';
import { runCommand, type Progress } from '../platform/command.ts';
import type { Interpreter } from '../releases/environments/interpreters.ts';
import { pythonEnvironment } from '../platform/pythonEnvironment.ts';
import { normalizedName } from '../releases/environments/requirements.ts';

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

/**
 * Lists what a pickle imports, by its opcodes: nothing is loaded. Strings are followed through the stack and the memo, since STACK_GLOBAL
 * takes its names from there; a name that was computed counts as unreadable.
 */
const listScript = `
import json, pickletools, sys

def imports(stream):
    found, stack, marks, memo = set(), [], [], {}
    for opcode, arg, position in pickletools.genops(stream):
        name, before, after = opcode.name, opcode.stack_before, opcode.stack_after
        if name == "GLOBAL" or name == "INST":
            found.add(tuple(arg.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            module, attribute = stack[-2:]
            if not isinstance(module, str) or not isinstance(attribute, str):
                raise ValueError("it computes the name of what it imports")
            found.add((module, attribute))
        elif name in ("PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4"):
            raise ValueError("it refers to objects outside of itself (%s)" % name)
        if pickletools.markobject in before or (name == "POP" and stack and stack[-1] is pickletools.markobject):
            depth = marks.pop()
            kept = before.index(pickletools.markobject) if pickletools.markobject in before else 0
            del stack[depth:]
            if kept:
                del stack[-kept:]
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            memo[len(memo) if name == "MEMOIZE" else arg] = stack[-1]
            continue
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[arg])
            continue
        elif name == "DUP":
            stack.append(stack[-1])
            continue
        elif before:
            del stack[-len(before):]
        if name == "MARK":
            marks.append(len(stack))
            stack.append(pickletools.markobject)
        else:
            text = isinstance(arg, str) and name not in ("GLOBAL", "INST") and len(after) == 1
            stack.extend([arg] if text else [None] * len(after))
    return sorted(found)

for file in sys.argv[1:]:
    try:
        with open(file, "rb") as stream:
            print(json.dumps({"imports": imports(stream)}))
    except Exception as error:
        print(json.dumps({"unreadable": str(error) or type(error).__name__}))
`;

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
  const names = requirements.split('\n').map((line) => /^\s*([A-Za-z0-9][\w.-]*)/.exec(line)?.[1] ?? '');
  return new Set(names.map((name) => normalizedName(name).replaceAll('-', '_')));
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

/**
 * Refuses pickles that import what models do not need, or that cannot be read to the end. Nothing is unpickled.
 * @throws Problem `forbidden` that names the file and what it imports
 */
export async function checkPickles(
  interpreter: Interpreter,
  pickles: readonly PickleFile[],
  origin: PickleOrigin,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (pickles.length === 0) {
    return;
  }
  const remedy = 'Log the model with serialization_format="skops", or name the package it comes from in its requirements.';
  const { lines } = await runCommand(interpreter.executable, ['-I', '-c', listScript, ...pickles.map(({ file }) => file)], {
    signal,
    environment: pythonEnvironment(),
  });
  const listings = lines.filter((line) => line.startsWith('{')).map((line) => listing.parse(JSON.parse(line)));
  pickles.forEach(({ name: file }, index) => {
    const found = listings[index] ?? { unreadable: 'its listing failed' };
    if ('unreadable' in found) {
      throw new Problem('forbidden', `The pickle ${file} cannot be checked: ${found.unreadable}.`, { field: file, remedy });
    }
    for (const [module, name] of found.imports) {
      const verdict = judgeImport(module, name, origin);
      if (verdict === 'refuse') {
        throw new Problem('forbidden', `The pickle ${file} imports ${module}.${name} when it is loaded, which models do not need.`, { field: file, remedy });
      }
      if (verdict === 'warn') {
        progress(`Warning: the pickle ${file} carries code of its own or needs code that no package installs (${module}.${name}).`);
      }
    }
  });
}
