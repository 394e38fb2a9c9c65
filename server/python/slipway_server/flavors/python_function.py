"""Any model that mlflow loads as a Python function: classes of a user's own, and the flavors that have no file here.

Rows, params and answers are those of `mlflow.pyfunc.PyFuncModel.predict`, so that `params`, `model_config`, type hints and code that was logged with the
model work as in `mlflow models serve`. Source of the settings: mlflow/pyfunc, `load_model`, and mlflow/pyfunc/model.py, `_load_context_model_and_signature`.
"""

from __future__ import annotations

import os

# What mlflow reads when it is imported, and before it unpickles: what a pickle may do is judged by our own table.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"

import mlflow.pyfunc
from mlflow.exceptions import MlflowException

from ..errors import SchemaMismatch
from .flavor import Model, SavedModel, Takes
from .serialized import check_pickle


def load(saved: SavedModel) -> Model:
    """Load a model by its `loader_module`. Raises ImportRefused, ModelNotLoadable, and what the module raises."""
    if saved.pickled is not None:
        check_pickle(saved.pickled, saved.policy, compressed=saved.serialization != "cloudpickle", by_joblib=False)
    return _PythonFunction(mlflow.pyfunc.load_model(str(saved.path), suppress_warnings=True))


class _PythonFunction:
    takes = Takes.TENSORS

    def __init__(self, model: mlflow.pyfunc.PyFuncModel):
        self._model = model

    def predict(self, rows: object) -> object:
        return self.predict_with(rows, {})

    def predict_with(self, rows: object, params: dict) -> object:
        try:
            return self._model.predict(rows, params=params or None)
        except MlflowException as error:
            # Nested columns, which mlflow alone checks. What a model itself raises has no such class.
            if getattr(error, "error_class", None) != "SCHEMA_ENFORCEMENT_FAILED":
                raise
            # Before it stand the data and the schema.
            _, _, reason = str(error.message).partition(" with schema ")[2].partition(" Error: ")
            raise SchemaMismatch(reason or "The input does not fit the signature.") from error
