"""Log and register one model per argument with the mlflow client, and print the version of each as JSON.

Kinds: `steady` (a threshold; a second argument after a colon sets it), `fickle` (answers something else each time), `brittle`
(raises for a > 100), `slow` (takes a second to predict), `broken` (raises for its own example), `prying` (answers what it can reach of the machine; its `b` is optional), `heavy` (`steady` with one more
package, so that it needs an environment of its own). Those that cannot be served: `transformer` (to be
called by `transform`), `inlined` (the code of `steady` is inside of its pickle), `alone` (that code is
not logged with it), `pinned` (its requirements pin another scikit-learn) and `ranged` (they allow older ones only). Those of
other libraries, each with the requirements that mlflow infers: `xgboost`, `lightgbm` (probabilities that `a` is positive). `pyfunc` is a Python function that doubles `a`.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import cloudpickle
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import doubled
import rule

sys.path.append(str(Path(__file__).parents[3] / "server" / "python"))

import slipway  # noqa: E402

REQUIREMENTS = [f"{name}=={__import__(module).__version__}" for name, module in (("scikit-learn", "sklearn"), ("cloudpickle", "cloudpickle"), ("numpy", "numpy"), ("pandas", "pandas"))]


def log_booster(kind, name, example):
    """A booster that tells positive `a` from the rest; one of LightGBM is registered by `slipway.register`, with its training rows."""
    rows = pd.DataFrame({"a": np.linspace(-1, 1, 40), "b": np.zeros(40)})
    labels = (rows["a"] > 0).astype(int)
    if kind == "xgboost":
        import xgboost

        booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(rows, labels), 10)
        return int(mlflow.register_model(mlflow.xgboost.log_model(booster, name="model", input_example=example).model_uri, name).version)
    import lightgbm

    parameters = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 2}
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, labels), 10)
    return slipway.register(booster, name, example=example, data=(rows, labels), check=False).version


def log_function(example):
    # The skinny build has all that loads a model, and a tenth of the packages.
    needed = [f"mlflow-skinny=={mlflow.__version__}", *REQUIREMENTS[1:]]
    return mlflow.pyfunc.log_model(python_model=doubled.Doubled(), name="model", input_example=(example, {"by": 2}), code_paths=[doubled.__file__], pip_requirements=needed)


def log_unservable(kind, example):
    """A model that mlflow logs and no model server of ours loads."""
    scaler = StandardScaler().fit(example)
    if kind == "transformer":
        return mlflow.sklearn.log_model(scaler, name="model", pyfunc_predict_fn="transform", serialization_format="skops", pip_requirements=REQUIREMENTS)
    older = {"pinned": "scikit-learn==1.6.1", "ranged": "scikit-learn<1.7"}[kind]
    return mlflow.sklearn.log_model(
        LogisticRegression().fit(example, [0, 1, 1]),
        name="model",
        serialization_format="skops",
        pip_requirements=[older, *REQUIREMENTS[1:]],
    )


def main():
    name, *kinds = sys.argv[1:]
    example = pd.DataFrame({"a": [-1.0, 0.5, 2.0], "b": [0.0, 1.0, 2.0]})
    versions = {}
    for argument in kinds:
        if argument == "inlined":
            cloudpickle.register_pickle_by_value(rule)
        kind, _, threshold = argument.partition(":")
        output = "double" if kind == "fickle" else "long"
        signature = ModelSignature(Schema([ColSpec("double", "a"), ColSpec("double", "b", required=kind != "prying")]), Schema([ColSpec(output)]))
        with mlflow.start_run():
            if kind in ("xgboost", "lightgbm"):
                versions[argument] = log_booster(kind, name, example)
                continue
            if kind == "pyfunc":
                info = log_function(example)
            elif kind in ("transformer", "pinned", "ranged"):
                info = log_unservable(kind, example)
            else:
                info = mlflow.sklearn.log_model(
                    rule.Rule(kind, float(threshold or 0)),
                    name="model",
                    signature=signature,
                    input_example=example,
                    serialization_format="cloudpickle",
                    code_paths=[] if kind in ("inlined", "alone") else [rule.__file__],
                    pip_requirements=[*REQUIREMENTS, *(["sympy==1.13.3"] if kind == "heavy" else [])],
                )
        if argument == "inlined":
            cloudpickle.unregister_pickle_by_value(rule)
        versions[argument] = int(mlflow.register_model(info.model_uri, name).version)
    print(json.dumps(versions))


main()
