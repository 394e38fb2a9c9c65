"""What a model answers for its example in the process that trained it, in the form of `/invocations`."""

from __future__ import annotations

import base64
import math

#: Beside MLflow's `serving_input_example.json` in the model's folder.
FILE = "serving_output_example.json"

#: Libraries whose models predict a table by themselves as MLflow's wrapper around them does.
_DIRECT = ("sklearn", "lightgbm", "catboost")


def recorded_answer(mlflow, model: object, rows: object, info, params: dict | None) -> dict:
    """`{"predictions": ..., "dtype": ...}`, where `dtype` is numpy's, or one by column. Raises what the model raises.

    A model that has no `predict` of a table is asked through MLflow, which loads what was logged.
    """
    if _predicts_tables(model) and _predicts_by(info) == "predict":
        answer = model.predict(rows)
    else:
        answer = mlflow.pyfunc.load_model(info.model_uri).predict(rows, **({} if params is None else {"params": params}))
    dtype = _dtype(answer)
    return {"predictions": _plain(answer), **({} if dtype is None else {"dtype": dtype})}


def _predicts_tables(model: object) -> bool:
    libraries = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    booster = "xgboost" in libraries and not any(kind.__name__ == "XGBModel" for kind in type(model).__mro__)
    return not booster and not libraries.isdisjoint(_DIRECT)


def _predicts_by(info) -> object:
    function = (getattr(info, "flavors", None) or {}).get("python_function") or {}
    return function.get("predict_fn", "predict")


def _dtype(answer: object) -> object:
    if hasattr(answer, "dtypes") and hasattr(answer, "columns"):
        return {str(name): str(kind) for name, kind in answer.dtypes.items()}
    kind = getattr(answer, "dtype", None)
    return None if kind is None else str(kind)


def _plain(value: object) -> object:
    """As JSON has it: a table is a list of records, missing numbers are null."""
    if hasattr(value, "to_frame") and not hasattr(value, "columns"):
        value = value.to_frame(value.name if value.name is not None else 0)
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return [{str(name): _plain(each) for name, each in record.items()} for record in value.to_dict("records")]
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return None if text == "NaT" else text
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (bytes, bytearray)):
        return base64.encodebytes(value).decode("ascii")
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
