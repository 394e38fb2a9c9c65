"""Python functions of a user's own, as a module that is logged with them (code_paths)."""

from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd


class Scaled(mlflow.pyfunc.PythonModel):
    """Times a file's number, a setting of the model and a parameter of the request."""

    def load_context(self, context):
        self.factor = float(Path(context.artifacts["factor"]).read_text("utf-8"))

    def predict(self, context, model_input, params=None):
        if model_input["a"].max() > 1000:
            raise ValueError("too large")
        return model_input["a"] * self.factor * context.model_config["by"] + (params or {}).get("plus", 0)


class Shapes(mlflow.pyfunc.PythonModel):
    """Says what it was given, so that forms can be told apart."""

    def predict(self, context, model_input, params=None):
        if isinstance(model_input, pd.DataFrame):
            return [{"frame": {str(name): str(values.dtype) for name, values in model_input.items()}, "rows": model_input.to_dict(orient="records")}]
        if isinstance(model_input, dict):
            return [{name: [type(value).__name__, np.asarray(value).tolist()] for name, value in model_input.items()}]
        return [type(model_input).__name__, np.asarray(model_input).tolist()]


class Sums(mlflow.pyfunc.PythonModel):
    """Sums of tensors, one a row."""

    def predict(self, context, model_input, params=None):
        if isinstance(model_input, dict):
            return {"sum": model_input["image"].sum(axis=(1, 2)) + model_input["weight"][:, 0], "weight": model_input["weight"]}
        return model_input.sum(axis=(1, 2))
