"""XGBoost: native boosters and the models of its scikit-learn API, in XGBoost's own formats.

Source of the settings: mlflow/xgboost, `save_model` and `_load_model`. Predictions are those of mlflow's wrapper, which gives a
booster a DMatrix of a DataFrame; a matrix with the same feature names predicts the same.
"""

from __future__ import annotations

import numpy as np
import xgboost

from ..errors import ModelNotLoadable, UnsupportedFlavor
from ..signature import NUMPY_TYPES, Signature
from .classes import add_classes
from .flavor import Model, SavedModel, Takes

_BOOSTER = "xgboost.core.Booster"


def load(saved: SavedModel) -> Model:
    """Load a booster or a scikit-learn model. Raises UnsupportedFlavor for any other class, such as those for Dask."""
    name = str(saved.settings.get("model_class") or _BOOSTER)
    if name == _BOOSTER:
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(saved.path)
        return _Booster(booster, _takes(booster, saved.signature))
    # The class is looked up in one module, so that a model cannot name any class to be made.
    module, _, class_name = name.rpartition(".")
    found = getattr(xgboost.sklearn, class_name, None) if module == "xgboost.sklearn" else None
    if not (isinstance(found, type) and issubclass(found, xgboost.XGBModel)):
        raise UnsupportedFlavor(f"The model is a {name}; served are {_BOOSTER} and the models of xgboost.sklearn.")
    estimator = found(n_jobs=1)
    estimator.load_model(saved.path)
    return _Estimator(estimator, _takes(estimator.get_booster(), saved.signature))


def _takes(booster: xgboost.Booster, signature: Signature) -> Takes:
    """The form of the rows. Raises ModelNotLoadable where XGBoost would refuse each request for the names of its columns."""
    if signature.inputs is None:
        return Takes.FRAME
    trained = booster.feature_names
    named = [column.name for column in signature.columns] if signature.named else None
    if trained is not None and trained != named:
        raise ModelNotLoadable(
            f"The model was trained on the columns {_listed(trained)}, but its signature has {_listed(named)}. Log it with the signature of its training data."
        )
    numeric = all(column.type in NUMPY_TYPES and column.type != "datetime" for column in signature.columns)
    return Takes.MATRIX if numeric and "c" not in (booster.feature_types or []) else Takes.FRAME


def _listed(names: list | None) -> str:
    return "without names" if names is None else ", ".join(map(str, names[:20])) + (" …" if len(names) > 20 else "")


class _Booster:
    def __init__(self, booster: xgboost.Booster, takes: Takes):
        self.takes = takes
        self._booster = booster

    def predict(self, rows: object) -> np.ndarray:
        # Names were compared when the model was loaded.
        names = self._booster.feature_names if self.takes is Takes.MATRIX else None
        return self._booster.predict(xgboost.DMatrix(rows, feature_names=names, nthread=1))


class _Estimator:
    def __init__(self, estimator: xgboost.XGBModel, takes: Takes):
        self.takes = takes
        self.predict = estimator.predict
        add_classes(self, estimator)
