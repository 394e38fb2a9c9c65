"""CatBoost, in its own formats.

Source of the settings: mlflow/catboost, `save_model` and `_load_model`.
"""

from __future__ import annotations

import catboost

from ..errors import UnsupportedFlavor
from ..signature import NUMPY_TYPES, Signature
from .flavor import Model, SavedModel, Takes

_CLASSES = {name: getattr(catboost, name) for name in ("CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker")}


def load(saved: SavedModel) -> Model:
    """Load a model. Raises UnsupportedFlavor for a class that is none of CatBoost."""
    name = str(saved.settings.get("model_type") or "CatBoost")
    found = _CLASSES.get(name)
    if found is None:
        raise UnsupportedFlavor(f"The model is a {name}; served are {', '.join(_CLASSES)}.")
    model = found()
    model.load_model(str(saved.path), saved.serialization)
    return _Model(model, _takes(model, saved.signature))


def _takes(model: catboost.CatBoost, signature: Signature) -> Takes:
    """Numbers are read as 32-bit floats whatever they come in; categories and texts want the types of a frame."""
    numeric = all(column.type in NUMPY_TYPES and column.type != "datetime" for column in signature.columns)
    typed = [*model.get_cat_feature_indices(), *model.get_text_feature_indices(), *model.get_embedding_feature_indices()]
    # A frame is compared by its names, in their order.
    in_order = not signature.named or list(model.feature_names_ or []) == [column.name for column in signature.columns]
    return Takes.MATRIX if signature.inputs is not None and numeric and in_order and not typed else Takes.FRAME


class _Model:
    def __init__(self, model: catboost.CatBoost, takes: Takes):
        self.takes = takes
        self._model = model

    def predict(self, rows: object) -> object:
        return self._model.predict(rows, thread_count=1)
