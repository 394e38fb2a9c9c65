"""LightGBM: native boosters in its text format, and the models of its scikit-learn API.

Source of the settings: mlflow/lightgbm, `save_model` and `_load_model`.
"""

from __future__ import annotations

from collections.abc import Callable

import lightgbm
import numpy as np

from ..errors import UnsupportedFlavor
from ..signature import NUMPY_TYPES, Signature
from .classes import add_classes
from .flavor import Model, SavedModel, Takes
from .serialized import load_estimator, use_one_thread

_BOOSTER = "lightgbm.basic.Booster"


def load(saved: SavedModel) -> Model:
    """Load a booster or a scikit-learn model. Raises UnsupportedFlavor for anything else, such as the models for Dask."""
    if str(saved.settings.get("model_class") or _BOOSTER) == _BOOSTER:
        booster = lightgbm.Booster(model_file=saved.path)
        return _Model(booster, _takes(booster, saved.signature))
    estimator = load_estimator(saved)
    if not isinstance(estimator, lightgbm.LGBMModel):
        raise UnsupportedFlavor(f"The model is a {type(estimator).__name__}; served are {_BOOSTER} and the models of lightgbm.sklearn.")
    use_one_thread(estimator)
    # Its estimators warn of each matrix when they were fitted with names.
    return _Model(estimator, Takes.FRAME if saved.signature.named else _takes(estimator.booster_, saved.signature))


def _takes(booster: lightgbm.Booster, signature: Signature) -> Takes:
    """LightGBM takes the columns of a frame by position; only categories of a frame need one."""
    numeric = all(column.type in NUMPY_TYPES and column.type != "datetime" for column in signature.columns)
    return Takes.MATRIX if signature.inputs is not None and numeric and not booster.pandas_categorical else Takes.FRAME


class _Model:
    def __init__(self, model: lightgbm.Booster | lightgbm.LGBMModel, takes: Takes):
        self.takes = takes
        self.predict = _exactly(model.predict)
        add_classes(self, model, _exactly)


def _exactly(method: Callable) -> Callable[[object], object]:
    """A method of LightGBM on one thread. It would read integers of an array as 32-bit floats; those of a DataFrame it reads as 64-bit ones."""

    def predict(rows: object) -> object:
        exact = rows.astype(np.float64) if isinstance(rows, np.ndarray) and rows.dtype.kind in "iub" else rows
        return method(exact, num_threads=1)

    return predict
