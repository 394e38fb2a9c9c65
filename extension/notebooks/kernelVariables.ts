import type { Kernel } from '@vscode/jupyter-extension';
import type { CancellationToken } from 'vscode';
import { z } from 'zod';
import { KernelCodeFailure, printedBy } from './jupyterKernel.ts';

const modelVariable = z.object({
  name: z.string(),
  /** Library and class, such as `sklearn Pipeline`. */
  type: z.string(),
  /** Steps of a pipeline, from the first to the last. */
  steps: z.array(z.string()),
  /** Null where the library does not say. */
  fitted: z.boolean().nullable(),
  /** Number of input columns; null where the model does not say. */
  inputs: z.number().nullable(),
});
const tableVariable = z.object({ name: z.string(), type: z.string(), rows: z.number(), columns: z.number() });
const kernelVariables = z.object({ models: z.array(modelVariable), tables: z.array(tableVariable) });

/** A variable that can predict. */
export type ModelVariable = z.infer<typeof modelVariable>;
/** A variable that holds rows and columns. */
export type TableVariable = z.infer<typeof tableVariable>;
/** What a kernel holds that can be registered, and what can serve as its example. */
export type KernelVariables = z.infer<typeof kernelVariables>;

const most = 100;

/** Reads classes and shapes only, and calls nothing of the user's but scikit-learn's own question whether a model is fitted. */
const reader = String.raw`
import json, sys

def library(cls):
    return cls.__module__.partition(".")[0]

def bases(cls):
    return {f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__}

def is_model(cls):
    return callable(getattr(cls, "predict", None)) or "torch.nn.modules.module.Module" in bases(cls)

def fitted(value, cls):
    if "sklearn.base.BaseEstimator" not in bases(cls):
        return None
    try:
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted
        try:
            check_is_fitted(value)
            return True
        except NotFittedError:
            return False
    except Exception:
        return None

def whole(read):
    try:
        number = read()
        return int(number) if number is not None else None
    except Exception:
        return None

def steps(value):
    try:
        return [type(step).__name__ for _, step in value.steps][:8]
    except Exception:
        return []

def shape(value):
    try:
        rows, columns = value.shape
        return int(rows), int(columns)
    except Exception:
        return None

models, tables = [], []
for name, value in list(user.items()):
    cls = type(value)
    if name.startswith("_") or name in hidden or not name.isidentifier() or isinstance(value, type) or library(cls) == "builtins":
        continue
    kind = f"{library(cls)} {cls.__name__}"
    if is_model(cls):
        models.append({"name": name, "type": kind, "steps": steps(value), "fitted": fitted(value, cls), "inputs": whole(lambda: value.n_features_in_)})
    elif (size := shape(value)) is not None:
        tables.append({"name": name, "type": kind, "rows": size[0], "columns": size[1]})
print(json.dumps({"models": models[-${most}:], "tables": tables[-${most}:]}))
`;

/** Code that prints the variables as JSON and leaves no name behind. */
const code = `exec(${JSON.stringify(reader)}, {"user": get_ipython().user_ns, "hidden": get_ipython().user_ns_hidden})`;

/**
 * The models and tables that a Python kernel holds now, the last made last.
 * @returns undefined when the user refuses, the kernel is busy with a cell or cannot tell
 */
export async function readKernelVariables(kernel: Kernel, token: CancellationToken): Promise<KernelVariables | undefined> {
  if (kernel.language !== 'python' || kernel.status !== 'idle') {
    return undefined;
  }
  try {
    const printed = await printedBy(kernel, code, token);
    return kernelVariables.parse(JSON.parse(printed));
  } catch (error) {
    if (error instanceof KernelCodeFailure || error instanceof SyntaxError || error instanceof z.ZodError) {
      return undefined;
    }
    throw error;
  }
}
