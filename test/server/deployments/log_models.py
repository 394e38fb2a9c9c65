"""Log and register one model per argument with the mlflow client, and print the version of each as JSON.

Kinds: `steady` (a threshold; a second argument after a colon sets it), `fickle` (answers something else each time), `brittle`
(raises for a > 100), `slow` (takes a second to predict), `broken` (raises for its own example), `heavy` (`steady` with one more
package, so that it needs an environment of its own).
"""

import json
import os
import sys

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import cloudpickle
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from sklearn.base import BaseEstimator, ClassifierMixin

cloudpickle.register_pickle_by_value(sys.modules[__name__])

REQUIREMENTS = [f"{name}=={__import__(module).__version__}" for name, module in (("scikit-learn", "sklearn"), ("cloudpickle", "cloudpickle"), ("numpy", "numpy"), ("pandas", "pandas"))]


class Rule(ClassifierMixin, BaseEstimator):
    def __init__(self, kind="steady", threshold=0.0):
        self.kind = kind
        self.threshold = threshold
        self.classes_ = np.array([0, 1])

    def predict(self, rows):
        values = np.asarray(rows, dtype=float)[:, 0]
        if self.kind == "fickle":
            return np.random.default_rng().normal(size=len(values))
        if self.kind == "brittle" and (values > 100).any():
            raise ValueError("a is too large")
        if self.kind == "slow":
            import time

            time.sleep(1)
        if self.kind == "broken":
            raise RuntimeError("no prediction today")
        return (values > self.threshold).astype("int64")

    def __sklearn_is_fitted__(self):
        return True


def main():
    name, *kinds = sys.argv[1:]
    example = pd.DataFrame({"a": [-1.0, 0.5, 2.0], "b": [0.0, 1.0, 2.0]})
    output = "double" if "fickle" in kinds else "long"
    signature = ModelSignature(Schema([ColSpec("double", "a"), ColSpec("double", "b")]), Schema([ColSpec(output)]))
    versions = {}
    for argument in kinds:
        kind, _, threshold = argument.partition(":")
        with mlflow.start_run():
            info = mlflow.sklearn.log_model(
                Rule(kind, float(threshold or 0)),
                name="model",
                signature=signature,
                input_example=example,
                serialization_format="cloudpickle",
                pip_requirements=[*REQUIREMENTS, *(["sympy==1.13.3"] if kind == "heavy" else [])],
            )
        versions[argument] = int(mlflow.register_model(info.model_uri, name).version)
    print(json.dumps(versions))


main()
