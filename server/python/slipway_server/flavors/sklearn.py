"""scikit-learn estimators, and those of other libraries that were logged by mlflow.sklearn.

Source of the settings: mlflow/sklearn, `save_model`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

from ..errors import ModelNotLoadable, VersionMismatch
from ..signature import Signature
from .classes import add_classes
from .flavor import Model, SavedModel, Takes
from .names import forget_names
from .serialized import load_estimator, use_one_thread


class Estimator:
    """A fitted estimator. It takes a matrix where it was fitted without feature names or does not use them."""

    def __init__(self, estimator: object, method: str, signature: Signature):
        forget_names(estimator, signature)
        self.predict: Callable[[object], object] = getattr(estimator, method)
        add_classes(self, estimator)
        on_matrix = hasattr(estimator, "n_features_in_") and not hasattr(estimator, "feature_names_in_")
        self.takes = Takes.MATRIX if on_matrix else Takes.FRAME


#: How scikit-learn warns when it loads an estimator of another version (sklearn/exceptions.py, `InconsistentVersionWarning`). By its words: its
#: class comes with all of scikit-learn, which takes a second to import and which a model of another library need not have.
_OTHER_VERSION = re.compile(r"Trying to unpickle estimator \S+ from version (\S+) when using version (\S+?)\.(?:\s|$)")


def load(saved: SavedModel) -> Model:
    """Load an estimator. Raises VersionMismatch for parts that another scikit-learn wrote, whatever MLmodel says."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", _OTHER_VERSION.pattern, UserWarning)
            estimator = load_estimator(saved)
    except UserWarning as error:
        versions = _OTHER_VERSION.match(str(error))
        if versions is None:
            raise
        raise VersionMismatch.of("scikit-learn", "scikit-learn", *versions.groups()) from error
    if not callable(getattr(estimator, saved.method, None)):
        raise ModelNotLoadable(f"The model ({type(estimator).__name__}) has no method {saved.method}.")
    use_one_thread(estimator)
    return Estimator(estimator, saved.method, saved.signature)
