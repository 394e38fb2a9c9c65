"""Print the models and tables that a kernel holds as JSON, the last made last.

Sent to the kernel as text and executed there in a namespace of its own, so that no name is left behind, with `user` (the user's
variables by name), `hidden` (names that are IPython's own) and `most` (how many of each are told). It reads classes and shapes only, and
calls nothing of the user's but scikit-learn's own question whether a model is fitted.
"""

import json

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
print(json.dumps({"models": models[-most:], "tables": tables[-most:]}))
